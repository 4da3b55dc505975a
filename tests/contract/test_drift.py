"""Drift: the same API shows nothing whatever its values, and an API that has moved shows where."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit.checks.drift import AddField, SetFloor, SetPlan
from audit.contract.cassette import Interaction
from audit.errors import CassetteError, UsageError
from audit.model import Outcome, TargetKind
from audit.spec.catalog import Spec
from tests.contract.breaking import answer, rows, whole
from tests.contract.moved import MOMENT, between, changed, described, from_target, recorded, serving, told

OI = "futures_open_interest_history"
OI_FILE = "futures-open-interest.json"
OI_GROUP = "groups/futures-open-interest.yaml"
FEW = (OI, "futures_open_interest_exchange_list", "user_account_subscription")
HEAD = "    description: Open interest of one trading pair on one exchange, one candle per bucket.\n"


@pytest.fixture(scope="module")
def before(spec: Spec, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some operations as recorded on two plans."""
    folder = tmp_path_factory.mktemp("before")
    for plan in ("hobbyist", "standard"):
        recorded(spec, folder, plan, only=FEW)
    return folder


@pytest.mark.parametrize("plan", ["hobbyist", "standard"])
def test_other_seeds_and_clocks_show_nothing(spec: Spec, tmp_path: Path, plan: str) -> None:
    first = recorded(spec, tmp_path / "first", plan)
    second = recorded(spec, tmp_path / "second", plan, seed=7, moment=MOMENT + 40 * 86_400 + 12_345)
    found = between(spec, first, second)
    assert told(found) == []
    assert found.run.decision.outcome is Outcome.GO
    assert len({row.operation for row in found.run.observations}) == len(spec.operations) + 2
    assert found.run.target.kind is TargetKind.CASSETTE
    assert any("sandbox" in reason for reason in found.run.decision.reasons)


def test_the_sandbox_shows_nothing_beside_its_own_cassettes(spec: Spec, before: Path) -> None:
    found = from_target(spec, before, plan="standard", sandbox=True, only=FEW, seed=3)
    assert told(found) == []
    assert found.run.decision.outcome is Outcome.GO


def test_a_moved_api_is_seen_by_asking_it(spec: Spec, before: Path, tmp_path: Path) -> None:
    gated = f"{HEAD}    x-plan: hobbyist\n    x-interval-floor: "
    candle = (
        "required: [time, open, high, low, close]\n    properties:\n      time: {{type: integer, x-time: {}, "
    )
    next_line = (
        "description: Start of the bucket.}}\n      open: {{type: string, format: decimal, description"
    )
    time = candle + next_line
    now = described(
        spec,
        tmp_path,
        (OI_GROUP, f"{gated}plan\n", f"{gated}{{hobbyist: 12h, startup: 30m}}\n"),
        ("components.yaml", time.format("ms"), time.format("s")),
    )
    with serving(now) as url:
        found = from_target(spec, before, plan="hobbyist", base_url=url, only=FEW)
    lines = told(found)
    assert f"error: {OI}: interval 8h is gated now; the finest answered was 4h, is 12h" in lines
    assert f"error: {OI}: data[].time is in seconds now, was in milliseconds" in lines
    assert SetFloor(OI, "hobbyist", "12h") in found.edits
    assert found.run.decision.outcome is Outcome.NO_GO


def test_a_plan_that_moved_is_an_error_only_where_it_narrows(
    spec: Spec, before: Path, tmp_path: Path
) -> None:
    dearer = described(
        spec, tmp_path, (OI_GROUP, f"{HEAD}    x-plan: hobbyist\n", f"{HEAD}    x-plan: standard\n")
    )
    with serving(dearer) as url:
        found = from_target(spec, before, plan="hobbyist", base_url=url, only=(OI,))
    assert f"error: {OI}: is no longer open on hobbyist" in told(found)
    assert found.edits == (SetPlan(OI, "startup", narrowed=True),)
    now = recorded(dearer, tmp_path / "dearer", "hobbyist", only=FEW)
    back = between(dearer, now, before, "hobbyist")
    assert f"warning: {OI}: is open on hobbyist now" in told(back)
    assert SetPlan(OI, "hobbyist", narrowed=False) in back.edits


@pytest.mark.parametrize(
    ("floor", "expected", "interval"),
    [("12h", "error: {}: interval 8h is gated now; the finest answered was 4h, is 12h", "12h"),
     ("1h", "warning: {}: interval 1h is answered now; the finest answered was 4h, is 1h", "1h"),
     ("1m", "warning: {}: interval 1m is answered now; the finest answered was 4h, is 1m", None)],
)  # fmt: skip
def test_a_floor_is_seen_to_move_where_other_intervals_were_asked(
    spec: Spec, before: Path, tmp_path: Path, floor: str, expected: str, interval: str | None
) -> None:
    old = f"{HEAD}    x-plan: hobbyist\n    x-interval-floor: plan\n"
    new = old.replace(": plan\n", f": {{hobbyist: {floor}}}\n")
    moved = described(spec, tmp_path, (OI_GROUP, old, new))
    now = recorded(moved, tmp_path / "now", "hobbyist", only=FEW)
    found = between(spec, before, now, "hobbyist")
    assert [row for row in told(found) if "interval" in row] == [expected.format(OI)]
    assert found.edits == (SetFloor(OI, "hobbyist", interval),)


def test_an_operation_that_is_on_one_side_alone_is_told(spec: Spec, before: Path, tmp_path: Path) -> None:
    now = changed(before, tmp_path / "now", OI_FILE, lambda row: None if row.operation == OI else row)
    assert told(between(spec, before, now, "hobbyist")) == [
        f"warning: {OI}: was recorded before and is not there now"
    ]
    assert told(between(spec, now, before, "hobbyist")) == [
        f"note: {OI}: is there now and was not recorded before"
    ]


def test_what_all_answers_share_is_told_once(spec: Spec, before: Path, tmp_path: Path) -> None:
    def change(row: Interaction) -> Interaction:
        return answer(row, headers={**row.response.headers, "api-key-max-limit": "20"}, status=200)

    now = changed(before, tmp_path / "limit", OI_FILE, change)
    lines = told(between(spec, before, now, "hobbyist"))
    assert lines == ["warning: -: the limit on requests is 20, was 30"]

    def reword(row: Interaction) -> Interaction:
        return whole(code="403", msg="Not on your plan")(row) if row.response.body["code"] == "403" else row

    now = changed(before, tmp_path / "words", OI_FILE, reword)
    lines = told(between(spec, before, now, "hobbyist"))
    assert len(lines) == 1
    assert lines[0].startswith(
        'note: -: the refusal interval_gated has the words "Not on your plan", had "The'
    )
    assert "answers, such as" in lines[0]


def test_several_plans_are_named(spec: Spec, before: Path, tmp_path: Path) -> None:
    now = changed(before, tmp_path / "now", OI_FILE, lambda row: None if row.operation == OI else row)
    assert told(between(spec, before, now)) == [
        f"warning: {OI}: hobbyist: was recorded before and is not there now"
    ]


def test_a_new_field_is_a_note_and_an_offer(spec: Spec, before: Path, tmp_path: Path) -> None:
    add = rows(lambda row: row.update(trades=12, seen_at=int(MOMENT * 1000), why=None))
    now = changed(before, tmp_path / "now", OI_FILE, lambda row: add(row) if row.interval == "1d" else row)
    found = between(spec, before, now, "hobbyist", (OI,))
    assert told(found) == [f"note: {OI}: data[].{name} is new" for name in ("seen_at", "trades", "why")]
    assert found.run.decision.outcome is Outcome.GO
    assert set(found.edits) == {
        AddField(OI, "data[]", "trades", ("number",)),
        AddField(OI, "data[]", "seen_at", ("integer",), "ms"),
    }


def test_what_cannot_be_compared_says_so(spec: Spec, before: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="neither a run file nor a folder"):
        between(spec, before, tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(CassetteError, match="record"):
        between(spec, before, tmp_path / "empty")
    with pytest.raises(CassetteError, match="there: hobbyist, standard"):
        between(spec, before, before, "startup")
    with pytest.raises(UsageError, match="no plan in common"):
        between(spec, before / "hobbyist", before / "standard")
    with pytest.raises(CassetteError, match="no cassettes"):
        from_target(spec, tmp_path, plan="standard", sandbox=True)
    with pytest.raises(UsageError, match="unknown operation"):
        between(spec, before, before, only=("no_such_operation",))


def test_a_silent_target_leaves_it_open(spec: Spec, before: Path) -> None:
    found = from_target(spec, before, plan="standard", sandbox=True, only=(OI,), faults=(f"reset:{OI}",))
    assert found.run.decision.outcome is Outcome.INCOMPLETE
    assert "vanished" not in " ".join(told(found))
