"""The shipped description against the facts that were gathered about the API beside this checkout."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from audit.spec.catalog import Spec, default_folder
from audit.spec.legacy import load_legacy
from audit.spec.operations import Operation
from audit.spec.widths import seconds
from tests.conftest import REFERENCE

pytestmark = [
    pytest.mark.reference,
    pytest.mark.skipif(not REFERENCE.is_dir(), reason="the reference folder is not beside this checkout"),
]

# The names of the reference for what is no version of the API.
VERSIONS = {"document-000": "circulating", "v4-mixed": "mixed"}


def facts(name: str) -> Any:
    return json.loads((REFERENCE / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def reference() -> dict[str, Any]:
    return facts("coinglass-v4.json")  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def pairs(spec: Spec, reference: dict[str, Any]) -> list[tuple[Operation, dict[str, Any]]]:
    by_path = {operation.path: operation for operation in spec.operations.values()}
    return [(by_path[entry["path"]], entry) for entry in reference["endpoints"] if entry["path"] in by_path]


def test_all_paths_and_methods_are_described(spec: Spec, reference: dict[str, Any]) -> None:
    assert {(op.method, op.path) for op in spec.operations.values()} == {
        (entry["method"], entry["path"]) for entry in reference["endpoints"]
    }
    assert len(spec.operations) == 158


def test_groups_are_the_same(pairs: list[tuple[Operation, dict[str, Any]]]) -> None:
    assert {op.id: op.group for op, _ in pairs} == {op.id: entry["group"] for op, entry in pairs}


def test_parameters_have_the_same_names_and_need(pairs: list[tuple[Operation, dict[str, Any]]]) -> None:
    described = {op.id: {p.name: p.required for p in op.parameters} for op, _ in pairs}
    gathered = {op.id: {p["name"]: p["required"] for p in entry["params"]} for op, entry in pairs}
    assert described == gathered


def test_intervals_and_limits_are_the_same(pairs: list[tuple[Operation, dict[str, Any]]]) -> None:
    for operation, entry in pairs:
        for given in entry["params"]:
            own = next(p for p in operation.parameters if p.name == given["name"])
            if given["name"] == "interval" and given.get("enum"):
                assert set(own.choices) == set(given["enum"]), operation.id
            if "maximum" in given:
                assert own.schema.get("maximum") == given["maximum"], f"{operation.id} {own.name}"
            if given.get("unit") in ("ms", "s"):
                assert own.time == given["unit"], f"{operation.id} {own.name}"


def test_plans_are_the_same(spec: Spec, pairs: list[tuple[Operation, dict[str, Any]]]) -> None:
    for operation, entry in pairs:
        for plan, may in entry["plans"].items():
            assert operation.allowed(spec.ladder, plan) == bool(may), f"{operation.id} on {plan}"
        assert operation.allowed(spec.ladder, "enterprise"), operation.id


def test_floors_are_the_same(pairs: list[tuple[Operation, dict[str, Any]]]) -> None:
    for operation, entry in pairs:
        floors = entry["interval_floor"] or {}
        assert {plan: floors.get(plan) for plan in operation.floors} == dict(operation.floors), operation.id


def test_update_frequencies_are_the_same(pairs: list[tuple[Operation, dict[str, Any]]]) -> None:
    for operation, entry in pairs:
        text = entry["update_frequency"]
        if text is None:
            assert operation.updates is None, operation.id
        elif "real" in text.lower():
            assert operation.updates == 0, operation.id
        else:
            match = re.search(r"(\d*) ?(second|minute|hour|day)", text)
            assert match, text
            assert operation.updates == int(match[1] or 1) * seconds(f"1{match[2][0]}"), operation.id


def test_the_history_table_applies_to_the_same_operations(
    pairs: list[tuple[Operation, dict[str, Any]]],
) -> None:
    differing = {op.id for op, entry in pairs if (op.history == "plan") != entry["history_table_applies"]}
    # An operation with a history of its own says so instead.
    assert {name for name in differing if not _own_history(pairs, name)} == set()


def _own_history(pairs: list[tuple[Operation, dict[str, Any]]], name: str) -> bool:
    return any(op.id == name and isinstance(op.history, dict) for op, _ in pairs)


def test_the_plan_table_is_the_same(spec: Spec, reference: dict[str, Any]) -> None:
    assert spec.provider.base_url == reference["base_url"]
    assert spec.provider.key_header == reference["auth_header"]
    rates = {plan.name: {"requests_per_minute": plan.requests_per_minute} for plan in spec.ladder.plans}
    assert rates == reference["plans"]
    for plan in spec.ladder.plans:
        given = reference["history_days"][plan.name]
        if given is None:
            assert plan.history is None
            continue
        assert plan.history is not None
        gathered = {
            width: None if days == "all" else days * 86_400
            for width, days in given.items()
            if days is not None
        }
        assert dict(plan.history) == gathered, plan.name


def test_disagreements_between_the_sources_are_noted(
    reference: dict[str, Any], pairs: list[tuple[Operation, dict[str, Any]]]
) -> None:
    noted = {op.path for op, _ in pairs if op.notes}
    assert {entry["path"] for entry in [*reference["disagreements"], *reference["oddities"]]} - noted == set()


def test_every_legacy_route_is_mapped_alike() -> None:
    legacy = load_legacy(default_folder())
    gathered = {
        (VERSIONS.get(row["legacy_version"], row["legacy_version"]), row["legacy_path"]): (
            row["v4_path"],
            tuple(row["alternatives"]),
            row["confidence"],
        )
        for row in facts("coinglass-legacy.json")["routes"]
    }
    described = {
        (route.version, route.path): (route.current, route.alternatives, route.confidence)
        for route in legacy.routes
    }
    # What was added to the gathered routes was read in code alone, so none of it is sure.
    added = {key: described.pop(key) for key in [*described] if key[0] in ("v1", "website")}
    assert described == gathered
    assert len(described) == 190
    assert {confidence for _, _, confidence in added.values()} == {"closest"}


def test_hosts_and_headers_of_earlier_versions_are_the_same() -> None:
    legacy, given = load_legacy(default_folder()), facts("coinglass-legacy.json")
    for name, url in given["hosts"].items():
        version = legacy.versions["websocket" if name == "ws" else name]
        whole = f"{version.url}{version.prefix}"
        assert whole.startswith(url), name
        assert (
            version.header == given["auth"].get(name, given["auth"].get("v2"))["header"]
            if name != "ws"
            else version.query
        )


def test_no_note_is_copied_from_the_reference() -> None:
    """Notes are in this project's own words: no run of eight words is shared."""
    legacy = load_legacy(default_folder())
    given = _runs(" | ".join(row["note"] or "" for row in facts("coinglass-legacy.json")["routes"]))
    assert [route.note for route in legacy.routes if _runs(route.note) & given] == []


def _runs(text: str, length: int = 8) -> set[tuple[str, ...]]:
    words = re.findall(r"[\w|]+", text.lower())
    return {tuple(words[start : start + length]) for start in range(len(words) - length + 1)}


def test_what_circulates_and_never_existed_is_listed() -> None:
    text = (REFERENCE / "live-behaviour.md").read_text(encoding="utf-8")
    legacy = load_legacy(default_folder())
    line = next(line for line in text.splitlines() if "paths that circulate are wrong" in line)
    assert {stray.path for stray in legacy.never_existed} == set(re.findall(r"`(/api/[^`]+)`", line))
    part = text.partition("## Paths outside the 158")[2].partition("\n## ")[0]
    names = re.findall(r"`([^`]+)`", part.partition("nterprise only")[2])
    base = names.pop(0)
    wanted = {name if name.startswith("/api/") else base + name for name in names if "/" in name}
    wanted -= {"economic-data"}
    assert {stray.path for stray in legacy.undocumented} == wanted
    assert len(wanted) == 21
