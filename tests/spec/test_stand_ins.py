"""What can be used on a cheaper plan: read, shown, and held to what the plans open."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit.spec.catalog import default_folder, load
from audit.spec.describe import show
from audit.spec.lint import lint

SEA = "groups/sea-levels.yaml"
SCOPE = "    x-scope: Only the North Sea.\n"
GOOD = "    x-stand-ins: {operations: [sea_gauges], lack: Levels only.}\n"


def with_stand_ins(folder: Path, text: str) -> Path:
    """The small description, with a key more on the one operation that only the dearer plan opens."""
    file = folder / SEA
    before = file.read_text(encoding="utf-8")
    assert SCOPE in before
    file.write_text(before.replace(SCOPE, SCOPE + text), encoding="utf-8")
    return folder


def test_they_are_read_and_shown(small: Path) -> None:
    folder = with_stand_ins(small, GOOD)
    assert lint(folder) == ()
    spec = load(folder)
    storms = spec.operation("sea_storms")
    assert storms.stand_ins is not None
    assert storms.stand_ins.operations == ("sea_gauges",)
    assert "On a cheaper plan\n  sea_gauges\n  Levels only.\n" in show(spec, storms)
    assert "On a cheaper plan" not in show(spec, spec.operation("sea_gauges"))


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        (GOOD.replace("sea_gauges", "sea_gages"), "x-stand-ins", "there is no operation sea_gages"),
        (GOOD.replace("sea_gauges", "sea_storms"), "x-stand-ins", "sea_storms needs crew"),
        (GOOD.replace(", lack: Levels only.", ""), "x-stand-ins", "expected lack, found none"),
        (GOOD.replace("[sea_gauges]", "sea_gauges"), "x-stand-ins/operations", "expected a list"),
        (GOOD.replace("lack", "lacks"), "x-stand-ins/lacks", "unknown key; write lack"),
        ("    x-stand-ins: [sea_gauges]\n", "x-stand-ins", "expected a mapping with"),
    ],
)
def test_each_fault_is_named(text: str, place: str, words: str, small: Path) -> None:
    problems = lint(with_stand_ins(small, text))
    assert any(
        problem.place == f"sea_storms/{place}" and words in f"{problem.message}; {problem.remedy}"
        for problem in problems
    ), "\n".join(map(str, problems))


def test_every_operation_of_the_dearest_plans_says_what_can_be_used_instead() -> None:
    """Where nothing comes near, that is so on purpose and stands here."""
    spec = load(default_folder())
    alone = {
        operation.id
        for operation in spec.operations.values()
        if operation.min_plan in ("standard", "professional") and operation.stand_ins is None
    }
    assert alone == {"hyperliquid_wallet_pnl_distribution", "hyperliquid_wallet_position_distribution"}
