"""Official schemas, where `npm ci` in ``tests/official`` has put them; a test that lacks one skips."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "official"
# OASIS names the schema of SARIF 2.1.0 by its last revision before the standard.
SARIF = "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"
ASYNCAPI = "@asyncapi/specs/schemas/3.0.0-without-$id.json"


def official(name: str) -> dict[str, Any]:
    """Return the schema in a file of the installed packages."""
    file = FOLDER / "node_modules" / name
    if not file.is_file():
        pytest.skip("the packages of tests/official are not installed; `npm ci` there installs them")
    schema = json.loads(file.read_text(encoding="utf-8"))
    assert isinstance(schema, dict)
    return schema
