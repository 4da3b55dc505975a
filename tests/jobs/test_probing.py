"""Whole probes of the sandbox in this process: as promised, with the promise broken, and broken off."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
import yaml

import audit.sandbox.app
from audit.client.secret import Secret
from audit.errors import JournalError, UsageError
from audit.jobs.probing import Audited, probe
from audit.jobs.settings import Settings, aim
from audit.model import Outcome, Run, TargetKind, Verdict
from audit.probe.runner import Progress
from audit.probe.symbols import Wish
from audit.sandbox import outages
from audit.sandbox.app import Sandbox
from audit.spec.catalog import Spec, load

PLANS = ["hobbyist", "startup", "standard", "professional", "enterprise"]
ACCOUNT = "user_account_subscription"
LIST = "futures_supported_exchange_pairs"
INTEREST = "futures_open_interest_history"
PRICE = "futures_price_history"
SOME = (INTEREST, PRICE, "futures_funding_rate_history", "index_fear_greed_history")


def ran(spec: Spec, progress: Callable[[Progress], None] = lambda _: None, **options: Any) -> Audited:
    settings = Settings(**{"sandbox": True, "only": SOME, **options})
    return probe(spec, settings, aim(settings, spec, None), progress)


def told(run: Run) -> set[tuple[str, str | None]]:
    return {(finding.rule, finding.operation) for finding in run.findings}


# ------------------------------------------------------------------ as promised


@pytest.mark.parametrize("plan", PLANS)
def test_a_sandbox_that_keeps_the_promise_is_a_go_on_every_plan(spec: Spec, plan: str) -> None:
    audited = ran(spec, plan=plan, only=())
    run = audited.run
    assert run.decision.outcome is Outcome.GO, run.decision
    assert run.findings == ()
    assert {row.operation for row in run.observations} == set(spec.operations)
    assert all(row.verdict in (row.expected, Verdict.EMPTY) for row in run.observations)
    assert audited.finished
    assert run.target.kind is TargetKind.SANDBOX
    assert (run.plan.declared, run.plan.detected) == (plan, plan)
    assert run.interval_floors
    for floor in run.interval_floors:
        assert floor.settled
        assert floor.observed == floor.promised, floor
    requests = Counter((row.operation, tuple(row.params.items())) for row in run.observations)
    assert max(requests.values()) == 1, "a request was sent twice"


@pytest.mark.parametrize(("plan", "floor"), [("hobbyist", "4h"), ("startup", "30m"), ("standard", "1m")])
def test_floors_are_found_where_they_are(spec: Spec, plan: str, floor: str) -> None:
    run = ran(spec, plan=plan).run
    found = {row.operation: (row.promised, row.observed) for row in run.interval_floors}
    assert found[INTEREST] == (floor, floor)


@pytest.mark.parametrize(("mode", "count"), [("none", 1), ("floor", 3), ("all", 12)])
def test_how_many_intervals_are_asked(spec: Spec, mode: str, count: int) -> None:
    run = ran(spec, plan="startup", only=(PRICE,), intervals=mode).run
    rows = [row for row in run.observations if row.operation == PRICE]
    expected = count if mode != "all" else len(spec.operations[PRICE].intervals)
    # The search for the floor may need a step or two between the floor and the day.
    assert expected <= len(rows) <= expected + (3 if mode == "floor" else 0)
    assert len({row.interval for row in rows}) == len(rows)
    assert bool(run.interval_floors) is (mode == "floor")


def test_the_plan_is_found_out_where_none_is_declared(spec: Spec) -> None:
    run = ran(spec).run
    assert (run.plan.declared, run.plan.detected) == (None, "standard")
    assert run.decision.outcome is Outcome.GO


def test_the_declared_plan_is_told_by_its_own_name(spec: Spec) -> None:
    assert ran(spec, plan=" Startup", only=(ACCOUNT,)).run.plan.declared == "startup"


@pytest.mark.parametrize(
    ("only", "operations"),
    [
        ((INTEREST,), {ACCOUNT, LIST, INTEREST}),
        (("index_fear_greed_history",), {ACCOUNT, "index_fear_greed_history"}),
        ((ACCOUNT,), {ACCOUNT}),
        (("etf_xrp_*", "index_ahr999"), {ACCOUNT, "etf_xrp_flow_history", "index_ahr999"}),
    ],
)
def test_only_what_was_chosen_is_asked_and_what_that_needs(
    spec: Spec, only: tuple[str, ...], operations: set[str]
) -> None:
    run = ran(spec, plan="standard", only=only).run
    assert {row.operation for row in run.observations} == operations
    assert run.decision.outcome is Outcome.GO


@pytest.mark.parametrize(
    ("only", "words"),
    [
        (("futures_open_interst_history",), f"did you mean {INTEREST}"),
        (("nothing_*",), "no operation and no channel matches"),
    ],
)
def test_a_name_that_is_none_is_said(spec: Spec, only: tuple[str, ...], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        ran(spec, only=only)
    assert words in str(caught.value)


# ------------------------------------------------------------------ a server that keeps another promise


Change = tuple[str, Callable[[Any], bool]]


def edited(folder: Path, change: Change) -> int:
    """Change each YAML file that holds the word and in which something is changed; return how many."""
    word, apply = change
    changed = 0
    for path in sorted(folder.rglob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        if word in text and apply(tree := yaml.safe_load(text)):
            path.write_text(yaml.safe_dump(tree, sort_keys=False, allow_unicode=True), encoding="utf-8")
            changed += 1
    return changed


def operation_of(tree: Any, name: str) -> Any:
    """Find an operation by its id anywhere in a tree."""
    if isinstance(tree, dict):
        if tree.get("operationId") == name:
            return tree
        tree = list(tree.values())
    found = (operation_of(child, name) for child in tree) if isinstance(tree, list) else ()
    return next((row for row in found if row is not None), None)


def plan_says(plan: str, **values: Any) -> Change:
    def change(tree: Any) -> bool:
        rows = tree.get("plans") if isinstance(tree, dict) else None
        for row in rows or ():
            if row["name"] == plan:
                row.update(values)
        return bool(rows)

    return "requests_per_minute:", change


def operation_says(name: str, **values: Any) -> Change:
    def change(tree: Any) -> bool:
        operation = operation_of(tree, name)
        if operation is not None:
            operation.update({key.replace("_", "-"): value for key, value in values.items()})
        return operation is not None

    return f"operationId: {name}\n", change


def renamed(name: str, old: str, new: str) -> Change:
    """Rename a field in the file of one operation."""

    def inside(tree: Any) -> bool:
        if isinstance(tree, dict):
            if old in tree.get("properties", {}) and old in tree.get("required", ()):
                tree["properties"][new] = tree["properties"].pop(old)
                tree["required"] = [new if key == old else key for key in tree["required"]]
                return True
            tree = list(tree.values())
        return any(inside(child) for child in tree) if isinstance(tree, list) else False

    return f"operationId: {name}\n", inside


def gone(path: str) -> Change:
    def change(tree: Any) -> bool:
        return tree["paths"].pop(path, None) is not None

    return "\npaths:\n", change


AHR = "index_ahr999"
OTHERS: list[tuple[str, str, Change, set[tuple[str, str | None]], Outcome]] = [
    ("nothing moved", "startup", plan_says("startup"), set(), Outcome.GO),
    ("the floor rose", "startup", plan_says("startup", interval_floor="1h"),
     {("interval-mismatch", INTEREST), ("interval-mismatch", PRICE),
      ("interval-mismatch", "futures_funding_rate_history")}, Outcome.NO_GO),
    ("the floor fell", "hobbyist", plan_says("hobbyist", interval_floor="1h"),
     {("interval-mismatch", INTEREST), ("interval-mismatch", PRICE),
      ("interval-mismatch", "futures_funding_rate_history")}, Outcome.GO),
    ("the floor of another plan moved", "startup", plan_says("hobbyist", interval_floor="1d"), set(),
     Outcome.GO),
    ("an operation became dearer", "startup", operation_says(AHR, x_plan="standard"),
     {("plan-mismatch", AHR)}, Outcome.NO_GO),
    ("an operation became dearer, not for this plan", "standard", operation_says(AHR, x_plan="standard"),
     set(), Outcome.GO),
    ("an operation became cheaper", "hobbyist",
     operation_says("futures_liquidation_coin_list", x_plan="hobbyist"),
     {("plan-mismatch", "futures_liquidation_coin_list")}, Outcome.GO),
    ("a limit fell", "standard", plan_says("standard", requests_per_minute=240),
     {("rate-limit-mismatch", None)}, Outcome.GO),
    ("a limit of another plan fell", "startup", plan_says("standard", requests_per_minute=240), set(),
     Outcome.GO),
    ("a field was renamed", "startup", renamed(AHR, "average_price", "mean_price"),
     {("field-missing", AHR), ("field-unknown", AHR)}, Outcome.NO_GO),
    ("a path was given up", "startup", gone("/api/index/ahr999"), {("unknown-endpoint", AHR)},
     Outcome.NO_GO),
]  # fmt: skip


@pytest.mark.parametrize(
    ("what", "plan", "change", "findings", "outcome"), OTHERS, ids=[row[0] for row in OTHERS]
)
def test_a_moved_promise_is_found_and_nothing_else(
    spec: Spec,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
    plan: str,
    change: Change,
    findings: set[tuple[str, str | None]],
    outcome: Outcome,
) -> None:
    folder = tmp_path / "specs"
    copytree(spec.folder, folder)
    assert edited(folder, change) == 1
    other = load(folder)
    monkeypatch.setattr(audit.sandbox.app, "Sandbox", lambda _, **options: Sandbox(other, **options))
    run = ran(spec, plan=plan, only=(*SOME, AHR, "futures_liquidation_coin_list")).run
    assert told(run) == findings
    assert run.decision.outcome is outcome, run.decision
    if what == "the floor rose":
        floors = {row.operation: (row.promised, row.observed, row.settled) for row in run.interval_floors}
        assert floors[INTEREST] == ("30m", "1h", True)


# ------------------------------------------------------------------ a wish that cannot be met


@pytest.mark.parametrize("plan", ["hobbyist", "professional"])
@pytest.mark.parametrize(
    "wish", [Wish("NOSUCHPAIR"), Wish(exchange="NoSuchExchange"), Wish("XX", "YY")], ids=repr
)
def test_what_is_not_listed_is_not_sent_and_never_called_a_gate(spec: Spec, wish: Wish, plan: str) -> None:
    run = ran(spec, plan=plan, wish=wish, only=(INTEREST, PRICE, "index_fear_greed_history")).run
    rows = [row for row in run.observations if row.operation in (INTEREST, PRICE)]
    assert rows
    assert all((row.verdict, row.attempts) == (Verdict.BAD_REQUEST, 0) for row in rows)
    assert told(run) == {("wrong-param", INTEREST), ("wrong-param", PRICE)}
    assert run.decision.outcome is Outcome.NO_GO
    assert not any(floor.settled for floor in run.interval_floors)


@pytest.mark.parametrize(
    "wish", [Wish("ETHUSDT"), Wish("ETH"), Wish(exchange="OKX"), Wish("ETH", "OKX")], ids=repr
)
def test_what_is_listed_is_spelled_as_it_is_there(spec: Spec, wish: Wish) -> None:
    run = ran(spec, plan="standard", wish=wish).run
    assert run.decision.outcome is Outcome.GO, run.decision
    sent = next(row.params for row in run.observations if row.operation == INTEREST)
    assert sent["exchange"] == (wish.exchange or "Binance")
    assert sent["symbol"].startswith("ETH" if wish.symbol else "BTC")
    assert ("-" in sent["symbol"]) is (wish.exchange == "OKX")


# ------------------------------------------------------------------ broken off, and resumed


def cancel_after(count: int) -> Callable[[Progress], None]:
    """Interrupt the run, as Ctrl-C does, when so many answers are in."""

    def progress(seen: Progress) -> None:
        if seen.done == count:
            tasks = asyncio.all_tasks()
            next(task for task in tasks if "_asking" in repr(task.get_coro())).cancel()

    return progress


BREAKS: list[tuple[str, dict[str, Any], Callable[[Progress], None], str]] = [
    ("time is up", {"total_timeout": 90.0}, lambda _: None, "time is up"),
    ("interrupted", {}, cancel_after(20), "interrupted"),
    ("interrupted at once", {}, cancel_after(1), "interrupted"),
]


@pytest.mark.parametrize(("what", "options", "progress", "reason"), BREAKS, ids=[row[0] for row in BREAKS])
def test_what_is_broken_off_is_incomplete_and_goes_on_where_it_was(
    spec: Spec, tmp_path: Path, what: str, options: Any, progress: Any, reason: str
) -> None:
    same: dict[str, Any] = {"plan": "hobbyist", "only": ("f*",), "out": tmp_path}
    first = ran(spec, progress, **same, **options)
    assert first.run.decision.outcome is Outcome.INCOMPLETE
    assert any(reason in text for text in first.run.decision.reasons), first.run.decision
    assert not first.finished
    answers = len(first.run.observations)
    assert answers >= 1
    second = ran(spec, **same, resume=True)
    assert second.resumed == answers
    assert second.finished
    assert second.run.decision.outcome is Outcome.GO, second.run.decision
    whole = ran(spec, plan="hobbyist", only=("f*",)).run
    assert sorted((row.operation, row.interval or "") for row in second.run.observations) == sorted(
        (row.operation, row.interval or "") for row in whole.observations
    )


def test_a_run_broken_off_before_any_answer_has_audited_nothing(spec: Spec) -> None:
    run = ran(spec, total_timeout=0.0).run
    assert run.observations == ()
    assert run.decision.outcome is Outcome.INCOMPLETE
    assert "No operation was audited" in run.decision.reasons[0]


def test_another_run_cannot_be_continued(spec: Spec, tmp_path: Path) -> None:
    ran(spec, plan="standard", out=tmp_path, total_timeout=0.0)
    with pytest.raises(JournalError, match="plan was 'standard', now 'startup'"):
        ran(spec, plan="startup", out=tmp_path, resume=True)
    with pytest.raises(UsageError, match="--out"):
        ran(spec, plan="startup", resume=True)


def test_another_key_cannot_continue_a_run(spec: Spec, tmp_path: Path) -> None:
    settings = Settings(sandbox=True, only=SOME, out=tmp_path)
    target = aim(settings, spec, None)
    first = replace(target, key=Secret("sandbox-standard"))
    probe(spec, settings, first)
    again = replace(settings, resume=True)
    with pytest.raises(JournalError, match="another key"):
        probe(spec, again, replace(target, key=Secret("sandbox-startup")))
    assert probe(spec, again, first).resumed
    assert "sandbox-standard" not in (tmp_path / "journal.jsonl").read_text()


def test_a_long_stated_wait_ends_a_run_that_can_go_on(
    spec: Spec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outages, "RETRY_AFTER", 7200)
    same: dict[str, Any] = {"plan": "standard", "only": ("f*",), "out": tmp_path}
    broken = ran(spec, **same, faults=(f"rate-after:{PRICE}",))
    assert broken.run.decision.outcome is Outcome.INCOMPLETE
    assert "the server asks to wait until 20" in broken.run.decision.reasons[-1]
    assert not broken.finished
    rest = ran(spec, **same, resume=True)
    assert rest.resumed == len(broken.run.observations) > 0
    assert rest.run.decision.outcome is Outcome.GO


def test_a_connection_that_stays_lost_ends_the_run(spec: Spec) -> None:
    audited = ran(spec, plan="standard", only=("f*",), faults=("reset:f*",))
    run = audited.run
    assert run.decision.outcome is not Outcome.GO
    assert any("connection lost" in text for text in run.decision.reasons), run.decision
    assert len(run.observations) < 20
    assert not audited.finished


# ------------------------------------------------------------------ the key


def test_the_key_stands_in_nothing_that_is_kept(spec: Spec, tmp_path: Path) -> None:
    settings = Settings(sandbox=True, plan="standard", only=SOME, out=tmp_path)
    key = Secret(aim(settings, spec, None).key.reveal())  # type: ignore[union-attr]
    target = replace(aim(settings, spec, None), key=key)
    audited = probe(spec, settings, target)
    journal = (tmp_path / "journal.jsonl").read_text()
    for text in (audited.run.model_dump_json(), journal, repr(audited), repr(target), repr(settings)):
        assert key.reveal() not in text
    assert len(journal.splitlines()) == len(audited.run.observations) + 1
