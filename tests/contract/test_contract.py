"""The contract suite on the shipped cassettes: every operation on every plan; `conftest.py` runs it."""

from __future__ import annotations

from audit.contract.cassette import default_folder
from audit.contract.suite import open_suite
from audit.spec.catalog import load

contract = open_suite(load(), default_folder())
