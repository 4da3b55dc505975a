"""Presets: what they may say, what the lint finds, and what the shipped ones hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from audit.errors import SpecError, UsageError
from audit.model import Verdict
from audit.spec.catalog import Spec
from audit.spec.lint import lint
from audit.spec.presets import FILE, Presets, load_presets, read_presets

SMALL = """\
presets:
  tides:
    title: The sea
    about: Whether it is still there.
    operations: [sea_storms]
runbook:
"""
ONE = "[sea_storms]\n    "
ADVICE = "  {verdict}:\n    sign: a sign\n    meaning: a meaning\n    action: an action\n"
REFUSALS = [verdict for verdict in Verdict if verdict not in (Verdict.AVAILABLE, Verdict.EMPTY)]
RUNBOOK = "".join(ADVICE.format(verdict=verdict) for verdict in REFUSALS)


def tree(**changes: Any) -> dict[str, Any]:
    preset = {"title": "The sea", "about": "All of it.", "operations": ["sea_storms"], **changes}
    return {"presets": {"tides": preset}}


def test_the_shipped_presets_hold_what_the_runbook_of_the_founders_names(spec: Spec) -> None:
    presets = load_presets(spec.folder)
    assert {
        "futures_funding_rate_history",
        "futures_open_interest_aggregated_history",
        "futures_liquidation_aggregated_history",
        "futures_aggregated_taker_buy_sell_volume_history",
        "etf_bitcoin_flow_history",
    } == set(presets.get("health-check").operations)
    assert "futures_liquidation_exchange_list" in presets.get("liquidation-by-exchange").operations
    assert presets.get("watchlist").each_coin
    assert set(presets.runbook) == set(REFUSALS)


def test_a_description_without_presets_has_none(small: Path) -> None:
    assert load_presets(small) == Presets()
    with pytest.raises(UsageError, match="unknown preset 'tides'; the description has none"):
        load_presets(small).get("tides")


def test_an_unknown_preset_lists_the_right_ones(spec: Spec) -> None:
    with pytest.raises(UsageError, match=r"did you mean health-check\? .*liquidation-by-exchange, watchlist"):
        load_presets(spec.folder).get("healthcheck")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (None, "expected a mapping with `presets`, found NoneType"),
        ([], "expected a mapping with `presets`, found list"),
        ({"preset": {}}, "preset: extra inputs are not permitted"),
        (tree(operations=[]), "presets/tides/operations: list should have at least 1 item"),
        (tree(operations="sea_storms"), "presets/tides/operations: input should be a valid list"),
        (tree(interval=5), "presets/tides/interval: input should be a valid string"),
        (tree(ranking={"operation": "sea_storms", "coin": "x"}), "presets/tides/ranking/by: field required"),
        ({"runbook": {"refused": {"sign": "", "meaning": "", "action": ""}}}, "runbook/refused/"),
        ({"runbook": {"not_found": {"sign": "404"}}}, "runbook/not_found/meaning: field required"),
    ],
)
def test_a_fault_is_named_with_its_place(given: object, words: str) -> None:
    with pytest.raises(SpecError) as raised:
        read_presets(given)
    assert str(raised.value).startswith(f"{FILE}: {words}")
    assert "\n" not in str(raised.value)


def test_the_lint_accepts_a_good_one(small: Path) -> None:
    (small / FILE).write_text(SMALL + RUNBOOK)
    assert lint(small) == ()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[sea_storms]", "[sea_storm]", "operations: no operation is called sea_storm; write sea_storms"),
        ("[sea_storms]", f"{ONE}interval: 7h", "presets/tides/interval: 7h is not among"),
        ("[sea_storms]", f"{ONE}symbol: A\n    each-coin: true", "presets/tides/symbol: each-coin asks"),
        ("[sea_storms]", ONE + "ranking: {operation: x, coin: a, by: b}", "ranking/operation: no operation"),
        ("[sea_storms]", ONE + "ranking: {operation: who, coin: a, by: b}", "ranking: a ranking finds"),
        ("  not_found:\n", "  available:\n", "runbook: not_found is missing"),
        ("  not_found:\n", "  available:\n", "runbook/available: is no refusal"),
        ("title: The sea", "titel: The sea", "presets/tides/title: field required"),
    ],
)  # fmt: skip
def test_the_lint_finds_each_fault(small: Path, old: str, new: str, words: str) -> None:
    text = SMALL + RUNBOOK
    assert old in text
    (small / FILE).write_text(text.replace(old, new))
    assert any(words in str(problem) for problem in lint(small)), "\n".join(map(str, lint(small)))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{tide: {command: probe}}", None),
        (
            "{tide: {code: x, file: y, plan: crewe}}",
            "rules.yaml: examples/tide/plan: no plan is called crewe; write crew",
        ),
        ("{tide: {command: 3}}", "rules.yaml: tide/command: Input should be a valid string"),
    ],
)
def test_the_lint_reads_what_fails_the_rules(small: Path, text: str, words: str | None) -> None:
    (small / "rules.yaml").write_text(f"examples: {text}")
    found = [str(problem) for problem in lint(small)]
    assert [problem.startswith(words or "") for problem in found] == ([True] if words else []), found
