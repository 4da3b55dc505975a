"""The patch of the description: what it says is what was seen, the lint accepts it, the rest stays."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from audit.checks.drift import AddField, Edit, SetFloor, SetPlan
from audit.contract.drift_patch import Amended, amend
from audit.spec.catalog import Spec, load
from audit.spec.lint import lint

SMALL = Path(__file__).resolve().parents[1] / "spec" / "small"
LEVELS = "sea_level_history"
FILE = "groups/sea-levels.yaml"
TAKEN = AddField(LEVELS, "result[]", "taken", ("number",))


@pytest.fixture
def tides(tmp_path: Path) -> Spec:
    """A copy of the small description of another provider."""
    return load(shutil.copytree(SMALL, tmp_path / "tides"))


def applied(made: Amended, spec: Spec) -> Spec:
    """The description with the patch, which its lint accepts."""
    for name, (old, new) in made.files.items():
        path = spec.folder / name
        assert path.read_bytes() == old.encode()
        path.write_bytes(new.encode())
    assert lint(spec.folder) == ()
    return load(spec.folder)


def lines(made: Amended) -> tuple[list[str], list[str]]:
    """What the patch takes away and what it adds, without signs and indents."""
    rows = [row for row in made.diff().splitlines() if row[:3] not in ("---", "+++")]
    gone, added = ([row[1:].strip() for row in rows if row[0] == sign] for sign in "-+")
    return gone, added


def test_a_plan_moves_in_one_line(tides: Spec) -> None:
    made = amend(tides, [SetPlan(LEVELS, "crew", narrowed=True)])
    assert lines(made) == (["x-plan: deck"], ["x-plan: crew"])
    assert list(made.files) == [FILE]
    now = applied(made, tides).operations
    assert now.pop(LEVELS).min_plan == "crew"  # type: ignore[attr-defined]  # a dict, as loaded
    assert now == {name: one for name, one in tides.operations.items() if name != LEVELS}


def test_of_plans_that_refuse_the_dearest_decides_and_of_those_open_the_cheapest(tides: Spec) -> None:
    crew, deck = (SetPlan("sea_gauges", plan, narrowed=True) for plan in ("crew", "deck"))
    assert amend(tides, [crew, deck]).made == amend(tides, [deck, crew]).made == (crew,)
    crew, deck = (SetPlan("sea_storms", plan, narrowed=False) for plan in ("crew", "deck"))
    # Left to a person, as it is the witness of its plan.
    assert amend(tides, [crew, deck]).left == amend(tides, [deck, crew]).left == (deck,)


@pytest.mark.parametrize(
    ("edits", "line", "floor"),
    [((SetFloor(LEVELS, "deck", "1d"),), ["x-interval-floor: {deck: 1d}"], "1d"),
     ((SetFloor(LEVELS, "deck", None),), [], None),
     ((SetFloor(LEVELS, "crew", "1h"),), ["x-interval-floor: {deck: 1h, crew: 1h}"], "1h")],
)  # fmt: skip
def test_a_floor_moves_and_the_other_plans_keep_theirs(
    tides: Spec, edits: tuple[Edit, ...], line: list[str], floor: str | None
) -> None:
    made = amend(tides, edits)
    assert lines(made) == (["x-interval-floor: plan"], line)
    now = applied(made, tides)
    before = dict(tides.operations[LEVELS].floors)
    assert isinstance(edits[0], SetFloor)
    assert now.operations[LEVELS].floors == {**before, edits[0].plan: floor}


@pytest.mark.parametrize(
    ("edit", "place"),
    [(TAKEN, ("result", "items")),
     (AddField(LEVELS, "", "page", ("null", "number")), ()),
     (AddField("sea_gauges", "result.*[]", "since_time", ("integer",), "s"),
      ("result", "additionalProperties", "items")),
     (AddField("who", "result", "on", ("boolean",)), ("result",))],
    ids=["beside-a-reference", "of-the-envelope", "below-a-map", "a-word-of-yaml"],
)  # fmt: skip
def test_a_field_is_added_as_an_optional_one(tides: Spec, edit: AddField, place: tuple[str, ...]) -> None:
    made = amend(tides, [edit])
    assert (made.made, made.left) == ((edit,), ())
    schema = applied(made, tides).operations[edit.operation].schema
    for step in place:
        schema = schema[step] if step in ("items", "additionalProperties") else schema["properties"][step]
    assert edit.name not in schema.get("required", ())
    found = schema["properties"][edit.name]
    types = [found["type"]] if isinstance(found["type"], str) else found["type"]
    assert tuple(types) == edit.types
    assert found.get("x-time") == edit.time
    gone, added = lines(made)
    assert (len(gone), len(added)) in ((1, 1), (0, 1))


def test_layout_comments_and_line_ends_stay(tides: Spec) -> None:
    path = tides.folder / FILE
    text = path.read_text(encoding="utf-8").replace(
        "    x-plan: deck\n", "    x-plan:   deck   # as told\n", 1
    )
    path.write_bytes(text.replace("\n", "\r\n").encode())
    spec = load(tides.folder)
    made = amend(
        spec, [SetPlan("sea_gauges", "crew", narrowed=True), AddField(LEVELS, "", "page", ("number",))]
    )
    old, new = made.files[FILE]
    assert old.replace("\r\n", "").count("\n") == new.replace("\r\n", "").count("\n") == 0
    assert "    x-plan:   crew   # as told\r\n" in new
    assert len(set(new.split("\r\n")) - set(old.split("\r\n"))) == 2
    applied(made, spec)


def test_several_edits_are_one_patch_that_git_applies(tides: Spec) -> None:
    git = shutil.which("git")
    if git is None:
        pytest.skip("no git to apply it with")
    edits: list[Edit] = [
        TAKEN,
        AddField(LEVELS, "result[]", "by", ("string",)),
        SetFloor(LEVELS, "deck", "1d"),
        AddField("who", "", "page", ("number",)),
    ]
    made = amend(tides, edits)
    assert set(made.made) == set(edits)
    done = subprocess.run(
        [git, "apply", "-"], cwd=tides.folder, input=made.diff(), text=True, capture_output=True, check=False
    )
    assert done.stderr == ""
    for name, (_, new) in made.files.items():
        assert (tides.folder / name).read_text(encoding="utf-8") == new
    assert lint(tides.folder) == ()
    fields = load(tides.folder).operations[LEVELS].schema["properties"]["result"]["items"]["properties"]
    assert {"by", "taken"} <= fields.keys()


def test_what_the_lint_refuses_is_left_to_a_person(tides: Spec) -> None:
    # Named like a moment, and of no unit that could be told.
    refused = AddField(LEVELS, "result[]", "closed_time", ("number",))
    made = amend(tides, [refused, TAKEN])
    assert (made.made, made.left) == ((TAKEN,), (refused,))
    assert "closed_time" not in made.diff()


def test_a_name_from_an_answer_cannot_change_the_file_otherwise(tides: Spec) -> None:
    name = 'a: {x-plan: b}, "c"\n# é'
    made = amend(tides, [AddField(LEVELS, "result[]", name, ("string",))])
    now = applied(made, tides).operations[LEVELS]
    assert name in now.schema["properties"]["result"]["items"]["properties"]
    assert now.min_plan == tides.operations[LEVELS].min_plan


@pytest.mark.parametrize(
    "edit",
    [AddField(LEVELS, "result[].nowhere", "taken", ("number",)),
     AddField("sea_storms", "result[]", "taken", ("number",)),
     SetFloor("sea_gauges", "deck", "1d")],
    ids=["no-such-object", "a-row-of-places", "no-intervals"],
)  # fmt: skip
def test_a_place_that_cannot_be_found_changes_nothing(tides: Spec, edit: Edit) -> None:
    made = amend(tides, [edit])
    assert (made.files, made.made, made.left, made.diff()) == ({}, (), (edit,), "")


def test_the_shipped_description_can_be_patched(spec: Spec, tmp_path: Path) -> None:
    oi, chart = "futures_open_interest_history", "futures_open_interest_exchange_history_chart"
    edits: list[Edit] = [
        AddField(oi, "data[]", "trades", ("number",)),
        AddField(chart, "data", "next", ("number",)),
        SetPlan(oi, "startup", narrowed=True),
        SetFloor("futures_funding_rate_history", "startup", "1h"),
    ]
    made = amend(spec, edits)
    assert set(made.made) == set(edits)
    now = applied(made, load(shutil.copytree(spec.folder, tmp_path / "copy"))).operations
    assert now[oi].min_plan == "startup"
    assert now["futures_funding_rate_history"].floors["startup"] == "1h"
    assert "next" in now[chart].schema["properties"]["data"]["properties"]
    assert "next" not in now["exchange_balance_chart"].schema["properties"]["data"]["items"]["properties"]
