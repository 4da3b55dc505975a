"""What a program needs, held against answers: a broken answer breaks the need that relies on it."""

from __future__ import annotations

import copy
import shutil
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest

from audit.contract.cassette import Interaction, default_folder, dump, load
from audit.contract.consumer import Consumer, Need
from audit.contract.consumer_file import Stated, find, read
from audit.contract.consumer_seen import check, differences, nearest
from audit.contract.observing import observe
from audit.contract.replay import Library
from audit.errors import CassetteError
from audit.jobs.consuming import hold_answered, hold_recorded, plan_of
from audit.jobs.settings import Settings, aim
from audit.model import Outcome, Run, TargetKind
from audit.spec.catalog import Spec
from tests.contract.needed import as_documented

CANDLES = "futures_open_interest_history"
DAY = 86_400_000


@pytest.fixture(scope="module")
def bot(spec: Spec) -> Stated:
    return read(find("derivatives-bot", spec.folder))


@pytest.fixture(scope="module")
def library(spec: Spec) -> Library:
    return Library(default_folder(), "startup", spec)


def in_rows(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, Any]], object]:
    return lambda answer: [change(row) for row in answer["body"]["data"]]


def later(by: int) -> Callable[[dict[str, Any]], object]:
    return in_rows(lambda row: row.update(time=row["time"] + by))


BROKEN: dict[str, tuple[Callable[[dict[str, Any]], object], set[str]]] = {
    "a field has gone": (in_rows(lambda row: row.pop("close")), {"field-missing"}),
    "a field has another name": (in_rows(lambda row: row.update(c=row.pop("close"))), {"field-missing"}),
    "a field has gone from one row": (lambda one: one["body"]["data"][1].pop("close"), {"field-missing"}),
    "text that is no number": (in_rows(lambda row: row.update(close="n/a")), {"field-type"}),
    "nothing where a number is due": (in_rows(lambda row: row.update(close=None)), {"field-type"}),
    "a list where a number is due": (in_rows(lambda row: row.update(close=[1])), {"field-type"}),
    "seconds for milliseconds": (
        in_rows(lambda row: row.update(time=row["time"] // 1000)), {"field-type", "stale-data"}),
    "stale by a day": (later(-DAY), {"stale-data"}),
    "too few rows": (lambda one: one.update(rows=24), {"history-too-short"}),
    "no rows": (lambda one: one["body"].update(data=[]), {"plan-mismatch"}),
    "rows in an object": (
        lambda one: one["body"].update(data={"list": one["body"]["data"]}), {"plan-mismatch"}),
    "refused by plan inside a 200": (
        lambda one: one.update(body={"code": "401", "msg": "Upgrade plan"}), {"plan-gated"}),
    "refused by parameter inside a 200": (
        lambda one: one.update(body={"code": "400", "msg": "symbol is wrong"}), {"wrong-param"}),
    "a page instead of data": (lambda one: one.update(form="text", body="<html>"), {"unreadable-answer"}),
    "a fault of the server": (lambda one: one.update(status=500, body={}), {"server-fault"}),
}  # fmt: skip
UNBROKEN: dict[str, Callable[[dict[str, Any]], object]] = {
    "as recorded": lambda one: None,
    "a new field": in_rows(lambda row: row.update(volume="1")),
    "a field that nobody reads has gone": in_rows(lambda row: row.pop("open")),
    "a number as a number": in_rows(lambda row: row.update(close=float(row["close"]))),
    "another order": lambda one: one["body"]["data"].reverse(),
}


def changed(row: Interaction, change: Callable[[dict[str, Any]], object]) -> Interaction:
    """Return a recorded answer with something changed in it."""
    answer = copy.deepcopy(row.response.model_dump())
    change(answer)
    return Interaction.model_validate({**row.model_dump(), "response": answer})


def rules(spec: Spec, library: Library, need: Need, change: Callable[[dict[str, Any]], object]) -> set[str]:
    plan = spec.ladder.get("startup")
    operation = spec.operation(need.operation)
    row, origin = nearest(spec, plan, need, operation, library.interactions(operation)), library.origin
    assert row is not None
    seen = observe(spec, plan, changed(row, change), origin.recorded_at)
    return {one.finding.rule for one in check(spec, need, seen)}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_answer_breaks_the_need(spec: Spec, library: Library, bot: Stated, case: str) -> None:
    change, expected = BROKEN[case]
    assert rules(spec, library, bot.consumer.needs[0], change) == expected


@pytest.mark.parametrize("case", UNBROKEN)
def test_what_a_program_does_not_rely_on_may_change(
    spec: Spec, library: Library, bot: Stated, case: str
) -> None:
    assert rules(spec, library, bot.consumer.needs[0], UNBROKEN[case]) == set()


def states(run: Run) -> list[str]:
    return [need["state"] for need in run.consumer["needs"]]  # type: ignore[attr-defined]  # the job's own key


def test_it_is_the_right_need_that_breaks(spec: Spec, bot: Stated, tmp_path: Path) -> None:
    shutil.copytree(default_folder() / "startup", tmp_path / "startup")
    plan = spec.ladder.get("startup")
    assert states(hold_recorded(spec, bot, plan, tmp_path)) == ["holds", "holds", "holds"]
    path = tmp_path / "startup" / "futures-funding-rate.json"
    whole = load(path)
    rows = tuple(
        changed(row, lambda one: [record.pop("close", None) for record in one["body"].get("data", ())])
        if row.operation == "futures_funding_rate_oi_weight_history"
        else row
        for row in whole.interactions
    )
    path.write_text(dump(whole.model_copy(update={"interactions": rows})), encoding="utf-8")
    run = hold_recorded(spec, bot, plan, tmp_path)
    assert states(run) == ["holds", "broken", "holds"]
    assert run.decision.outcome is Outcome.NO_GO
    assert [(one.rule, one.operation) for one in run.findings] == [
        ("field-missing", "futures_funding_rate_oi_weight_history")
    ]
    place = run.findings[0].location
    assert place is not None
    assert (place.file, place.line) == (bot.file, bot.lines["needs", 1, "fields", "close"])


def test_the_shipped_contract_holds_on_recordings_and_on_the_sandbox(spec: Spec, bot: Stated) -> None:
    for name in spec.ladder.names[1:]:
        plan, settings = spec.ladder.get(name), Settings(plan=name, sandbox=True)
        recorded = hold_recorded(spec, bot, plan, default_folder())
        answered = hold_answered(spec, bot, plan, settings, aim(settings, spec, None))
        assert states(recorded) == states(answered) == ["holds"] * 3
        assert (recorded.target.kind, answered.target.kind) == (TargetKind.CASSETTE, TargetKind.SANDBOX)
        assert recorded.decision.outcome is answered.decision.outcome is Outcome.GO


def test_every_operation_serves_all_that_is_documented_of_it(spec: Spec) -> None:
    plan = spec.ladder.plans[-1]
    needs = tuple(as_documented(spec, operation, time.time()) for operation in spec.operations.values())
    stated = Stated(Consumer(consumer="everything", plan=plan.name, needs=needs))
    settings = Settings(plan=plan.name, sandbox=True)
    for run in (
        hold_recorded(spec, stated, plan, default_folder()),
        hold_answered(spec, stated, plan, settings, aim(settings, spec, None)),
    ):
        assert [finding.message for finding in run.findings] == []
        assert states(run) == ["holds"] * len(spec.operations)


@pytest.mark.parametrize(
    ("fault", "expected", "outcome"),
    [
        ("stale", "broken", Outcome.NO_GO),
        ("seconds", "broken", Outcome.NO_GO),
        ("empty-list", "broken", Outcome.NO_GO),
        ("plan-gate", "broken", Outcome.NO_GO),
        ("html-200", "broken", Outcome.NO_GO),
        ("extra-field", "holds", Outcome.GO),
        ("reset", "unproven", Outcome.INCOMPLETE),
        ("rate", "unproven", Outcome.INCOMPLETE),
    ],
)
def test_a_sandbox_that_misbehaves_is_found_out(
    spec: Spec, bot: Stated, fault: str, expected: str, outcome: Outcome
) -> None:
    settings = Settings(plan="startup", sandbox=True, faults=(fault,))
    run = hold_answered(spec, bot, spec.ladder.get("startup"), settings, aim(settings, spec, None))
    assert states(run) == [expected] * 3
    assert run.decision.outcome is outcome


def test_a_server_is_asked_as_the_contract_says(spec: Spec, bot: Stated, sandbox_url: str) -> None:
    settings = Settings(plan="startup", base_url=sandbox_url)
    run = hold_answered(spec, bot, spec.ladder.get("startup"), settings, aim(settings, spec, None))
    assert states(run) == ["holds"] * 3
    assert [row.params for row in run.observations] == [dict(need.params) for need in bot.consumer.needs]


def test_the_nearest_recording_is_taken_and_named(spec: Spec, library: Library) -> None:
    operation, plan = spec.operation(CANDLES), spec.ladder.get("startup")
    params = {"exchange": "OKX", "symbol": "BTC-USDT-SWAP", "interval": "1h"}
    need = Need(operation=CANDLES, params=params)
    row = nearest(spec, plan, need, operation, library.interactions(operation))
    assert row is not None
    assert row.interval == "30m"  # of 15m (refused), 30m and 1d
    assert differences(need, row) == "exchange=Binance, symbol=BTCUSDT, interval=30m, limit=100, unit=usd"


def test_age_is_judged_by_the_width_that_was_recorded(spec: Spec, library: Library) -> None:
    """Within 90 minutes at 1h is within 60 at 30m: a row carries the start of its bucket."""
    need = Need(operation=CANDLES, params={"interval": "1h"}, max_age="90m")
    operation = spec.operation(CANDLES)
    row = nearest(spec, spec.ladder.get("startup"), need, operation, library.interactions(operation))
    assert row is not None
    newest = max(point["time"] for point in row.response.body["data"])
    age = int(parsedate_to_datetime(row.response.headers["date"]).timestamp() * 1000) - newest
    minute = 60_000
    assert rules(spec, library, need, later(age - 58 * minute)) == set()
    assert rules(spec, library, need, later(age - 65 * minute)) == {"stale-data"}


def test_what_was_not_recorded_is_unproven_and_not_broken(spec: Spec, bot: Stated, tmp_path: Path) -> None:
    (tmp_path / "startup").mkdir()
    shutil.copy(default_folder() / "startup" / "futures-liquidation.json", tmp_path / "startup")
    run = hold_recorded(spec, bot, spec.ladder.get("startup"), tmp_path)
    assert states(run) == ["unproven", "unproven", "holds"]
    assert run.decision.outcome is Outcome.INCOMPLETE
    assert run.decision.reasons == ("1 of 3 needs hold.", "2 could not be judged.")


def test_a_contract_in_code_needs_no_file(spec: Spec) -> None:
    need = Need(operation="futures_supported_coins", params={"symbol": "BTC"})
    stated = Stated(Consumer(consumer="bot", plan="hobbyist", needs=(need,)))
    run = hold_recorded(spec, stated, plan_of(spec, stated), default_folder())
    assert states(run) == ["broken"]
    assert [(one.rule, one.location) for one in run.findings] == [("wrong-param", None)]


def test_a_plan_without_recordings_says_how_to_record(spec: Spec, bot: Stated, tmp_path: Path) -> None:
    with pytest.raises(CassetteError, match="record --plan startup"):
        hold_recorded(spec, bot, plan_of(spec, bot), tmp_path)
