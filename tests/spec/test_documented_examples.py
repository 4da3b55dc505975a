"""The provider's own documented examples, held against the description by the very checks of a probe.

An example passes, or a note says what is wrong with it. ``documented_examples.json`` keeps, for each
operation, how many places of its example were looked at and which rules found something; after a
change that is meant, write it anew:

    UPDATE_DIGEST=1 python -m pytest tests/spec/test_documented_examples.py
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from audit.checks import check_answer
from audit.checks.moments import columns
from audit.checks.seen import Seen
from audit.model import Finding, Observation, Verdict
from audit.spec.catalog import Spec
from audit.spec.operations import Operation
from audit.spec.widths import seconds
from tests.conftest import REFERENCE

DIGEST = Path(__file__).with_name("documented_examples.json")

needs_reference = [
    pytest.mark.reference,
    pytest.mark.skipif(not REFERENCE.is_dir(), reason="the reference folder is not beside this checkout"),
]


def examples() -> dict[str, Any]:
    entries = json.loads((REFERENCE / "coinglass-v4.json").read_text(encoding="utf-8"))["endpoints"]
    return {entry["path"]: entry["response_example"] for entry in entries}


def interval_of(operation: Operation, body: Any) -> str | None:
    """The interval an example was asked with: the one its rows are apart, else the parameter's example."""
    parameter = operation.parameter("interval")
    if parameter is None:
        return None
    apart = {
        abs(later - earlier)
        for column in columns(operation, body)
        for earlier, later in zip(column.moments, column.moments[1:], strict=False)
    }
    return next((width for width in operation.intervals if seconds(width) in apart), parameter.example)


def seen(spec: Spec, operation: Operation, body: Any) -> Seen:
    moments = [moment for column in columns(operation, body) for moment in column.moments]
    observation = Observation(
        operation=operation.id,
        method=operation.method,
        path=operation.path,
        interval=interval_of(operation, body),
        expected=Verdict.AVAILABLE,
        verdict=Verdict.AVAILABLE,
        http_status=200,
        rows=1,
    )
    return Seen(
        operation=operation,
        observation=observation,
        body=body,
        ladder=spec.ladder,
        plan=spec.ladder.get("enterprise"),
        now=max(moments, default=0.0),
    )


def judged(spec: Spec) -> Iterator[tuple[Operation, Any, tuple[Finding, ...]]]:
    bodies = examples()
    for operation in spec.operations.values():
        body = bodies[operation.path]
        yield operation, body, check_answer(seen(spec, operation, body))


def places(schema: Mapping[str, Any], value: Any, path: str = "") -> set[str]:
    """Every place of a body that a schema says something about, rows taken together."""
    found: set[str] = {path} if path else set()
    if isinstance(value, dict):
        rest = schema.get("additionalProperties")
        for name, child in value.items():
            known = schema.get("properties", {}).get(name)
            if known is not None:
                found |= places(known, child, f"{path}.{name}")
            elif isinstance(rest, Mapping):
                found |= places(rest, child, f"{path}.*")
    elif isinstance(value, list):
        fixed = schema.get("prefixItems", [])
        for index, child in enumerate(value):
            if index < len(fixed):
                found |= places(fixed[index], child, f"{path}[{index}]")
            else:
                found |= places(schema.get("items", {}), child, f"{path}[]")
    return found


class TestWithTheReference:
    pytestmark = needs_reference

    def test_each_example_passes_or_a_note_says_why_not(self, spec: Spec) -> None:
        unexplained = {
            operation.id: [finding.message for finding in findings]
            for operation, _, findings in judged(spec)
            if findings and not any(note.about == "response example" for note in operation.notes)
        }
        assert unexplained == {}

    def test_every_operation_has_an_example(self, spec: Spec) -> None:
        assert {operation.id for operation, body, _ in judged(spec) if not isinstance(body, dict)} == set()

    def test_a_change_of_a_type_does_not_go_unseen(self, spec: Spec) -> None:
        """The checks bite: the same examples with every number turned into text fail nearly everywhere."""
        bodies = examples()
        passing = [
            operation.id
            for operation in spec.operations.values()
            if not check_answer(seen(spec, operation, _garbled(bodies[operation.path])))
        ]
        # What holds nothing but text has nothing to garble.
        assert len(passing) <= 8, passing

    def test_the_digest_is_up_to_date(self, spec: Spec) -> None:
        digest = {
            operation.id: {
                "fields": len(places(operation.schema, body)),
                "findings": sorted({finding.rule for finding in findings}),
            }
            for operation, body, findings in judged(spec)
        }
        if os.environ.get("UPDATE_DIGEST"):
            lines = [f"  {json.dumps(name)}: {json.dumps(entry)}" for name, entry in sorted(digest.items())]
            DIGEST.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
        assert json.loads(DIGEST.read_text(encoding="utf-8")) == digest, "UPDATE_DIGEST=1 writes it anew"


def _garbled(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _garbled(child) for name, child in value.items()}
    if isinstance(value, list):
        return [_garbled(child) for child in value]
    return f"<{value}>" if isinstance(value, int | float) and not isinstance(value, bool) else value


def test_the_digest_covers_every_operation_and_findings_are_explained(spec: Spec) -> None:
    """Holds without the reference: what was found there stands in a note."""
    digest = json.loads(DIGEST.read_text(encoding="utf-8"))
    assert digest.keys() == spec.operations.keys()
    for name, entry in digest.items():
        assert entry["fields"] > 1, name
        if entry["findings"]:
            assert any(note.about == "response example" for note in spec.operation(name).notes), name
