"""The JSON Schema of a Run: published as a file, printed by a command, and followed by every output.

After a wanted change of the model: ``UPDATE_GOLDEN=1 python -m pytest tests/report/test_schema.py``.
"""

from __future__ import annotations

import json
import os

import jsonschema_rs
import pytest

from audit.report.formats import render
from audit.report.schema import RUN_ID, run_schema
from tests.report.factory import CASES, run
from tests.support.cli import REPOSITORY, run_here

PUBLISHED = REPOSITORY / "docs" / "run.schema.json"


def test_the_published_file_is_the_schema_of_the_model() -> None:
    printed = run_here("explain", "--schema")
    assert (printed.code, json.loads(printed.out)) == (0, run_schema())
    if os.environ.get("UPDATE_GOLDEN"):
        PUBLISHED.write_text(printed.out, encoding="utf-8")
    assert PUBLISHED.read_text(encoding="utf-8") == printed.out


def test_a_rule_has_no_schema() -> None:
    ran = run_here("explain", "secret", "--schema")
    assert ran.code == 2
    assert "--schema is about run.json" in ran.err


@pytest.mark.parametrize("case", CASES)
def test_every_run_follows_it(case: str) -> None:
    jsonschema_rs.validator_for(run_schema()).validate(json.loads(render("json", CASES[case]())))


def test_it_is_named_and_refuses_what_is_not_a_run() -> None:
    schema = run_schema()
    assert schema["$id"] == RUN_ID
    validator = jsonschema_rs.validator_for(schema)
    good = json.loads(render("json", run()))
    assert validator.is_valid({**good, "unheard_of": 1})
    assert not validator.is_valid({name: value for name, value in good.items() if name != "decision"})
    assert not validator.is_valid({**good, "format": "coinglass-audit.run/2"})
