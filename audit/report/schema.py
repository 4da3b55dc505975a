"""The JSON Schema of ``run.json``."""

from __future__ import annotations

import json
from typing import Any

from audit.model import Run

DIALECT = "https://json-schema.org/draft/2020-12/schema"
RUN_ID = "urn:coinglass-audit:run:1"


def run_schema() -> dict[str, Any]:
    """Return the schema that every Run file follows; keys it does not name are allowed."""
    schema = Run.model_json_schema(mode="serialization")
    return {"$schema": DIALECT, "$id": RUN_ID, **schema, "title": "Run"}


def run_schema_text() -> str:
    """Return the schema as the text of ``docs/run.schema.json``."""
    return json.dumps(run_schema(), indent=2, ensure_ascii=False) + "\n"
