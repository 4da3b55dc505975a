"""The suite is made up of the description and the recordings, and finds what is not as promised."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from audit.contract.cases import AnswerCase, Case
from audit.contract.cassette import Cassette, Interaction, default_folder, dump, file_name, load
from audit.contract.replay import Library
from audit.contract.sending import sending
from audit.contract.stream_file import FILE
from audit.contract.suite import Suite, open_suite, usual_folder
from audit.errors import CassetteError, UsageError
from audit.model import Finding
from audit.spec.catalog import Spec
from tests.contract.made import cassette, written

HISTORY = "futures_open_interest_history"
GROUP = "futures-open-interest.json"


@pytest.fixture(scope="module")
def shipped(spec: Spec) -> Suite:
    return open_suite(spec, default_folder())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped cassettes of one plan, to be spoilt."""
    shutil.copytree(default_folder() / "standard", tmp_path / "standard")
    return tmp_path


def edit(path: Path, row: int | None = None, **changes: Any) -> Cassette:
    """Change one interaction, or what the cassette says of itself, and sign it anew."""
    made = load(path)
    if row is None:
        made = made.model_copy(update={"about": made.about.model_copy(update=changes)})
    else:
        rows = list(made.interactions)
        rows[row] = rows[row].model_copy(update=changes)
        made = made.model_copy(update={"interactions": tuple(rows)})
    path.write_text(dump(made))
    return made


def judged(suite: Suite, name: str) -> tuple[Finding, ...]:
    return suite.judge(next(case for case in suite.cases if case.id == name)).findings


def found(suite: Suite) -> dict[str, list[str]]:
    """The rules that each case breaks."""
    rows = {case.id: [finding.rule for finding in suite.judge(case).findings] for case in suite.cases}
    return {name: rules for name, rules in rows.items() if rules}


def at(path: Path, operation: str = HISTORY) -> tuple[int, Interaction]:
    """Where the ordinary request of an operation stands in a file."""
    return next(row for row in enumerate(load(path).interactions) if row[1].operation == operation)


# --- what is tested ---------------------------------------------------------------------------------


def test_every_operation_is_tested_on_every_plan(shipped: Suite, spec: Spec) -> None:
    ids = [case.id for case in shipped.cases]
    assert len(ids) == len(set(ids))
    assert {f"{plan}-{name}" for plan in spec.ladder.names for name in spec.operations} <= set(ids)
    assert len(spec.operations) * len(spec.ladder.names) >= 790
    assert {f"{plan}-key[witness]" for plan in spec.ladder.names} <= set(ids)


def test_each_recorded_answer_is_tested_once(shipped: Suite) -> None:
    tested = Counter(id(case.row) for case in shipped.cases if isinstance(case, AnswerCase))
    rows = [id(row) for library in shipped.libraries.values()
            for made in library.cassettes() for row in made.interactions]  # fmt: skip
    assert tested == Counter(rows)


def test_both_sides_of_an_interval_floor_are_tested(shipped: Suite) -> None:
    ids = {case.id for case in shipped.cases}
    assert {f"hobbyist-{HISTORY}[1h]", f"hobbyist-{HISTORY}[4h]", f"startup-{HISTORY}[15m]"} <= ids


def test_a_new_operation_is_a_new_test_that_fails_until_it_is_recorded(spec: Spec) -> None:
    new = replace(spec.operation(HISTORY), id="futures_brand_new", path="/api/futures/brand-new")
    suite = open_suite(replace(spec, operations={**spec.operations, new.id: new}), default_folder())
    fresh = [case.id for case in suite.cases if "brand_new" in case.id]
    assert {f"{plan}-futures_brand_new" for plan in spec.ladder.names} <= set(fresh)
    for name in fresh:
        assert [row.rule for row in judged(suite, name)] == ["cassette"]
    assert judged(suite, "standard-futures_brand_new")[0].message == "no answer is recorded on standard"
    assert "on the interval 1h" in judged(suite, "hobbyist-futures_brand_new[1h]")[0].message


def test_plans_and_operations_can_be_chosen(spec: Spec) -> None:
    suite = open_suite(spec, default_folder(), ("Standard", "standard"), ("futures_open_interest_*",))
    assert {case.plan.name for case in suite.cases} == {"standard"}
    assert all(case.id.startswith("standard-futures_open_interest_") for case in suite.cases)
    with pytest.raises(UsageError, match="unknown plan 'gold'"):
        open_suite(spec, default_folder(), ("gold",))
    with pytest.raises(UsageError, match="no operation and no channel matches"):
        open_suite(spec, default_folder(), (), ("nothing*",))


def test_played_over_http_everything_is_judged_as_it_stands_in_the_file(spec: Spec) -> None:
    suite = open_suite(spec, default_folder(), ("startup",), ("futures_*",))
    with sending(spec, suite.libraries) as send:
        for case in suite.cases:
            assert suite.judge(case, send).observation == suite.judge(case).observation
    assert not suite.libraries["startup"].misses


# --- what is found ----------------------------------------------------------------------------------


def test_unbroken_cassettes_break_nothing(folder: Path, spec: Spec) -> None:
    assert found(open_suite(spec, folder)) == {}


CODES = {
    "429": "plan-mismatch",
    "401": "plan-mismatch",
    "400": "wrong-param",
    "404": "unknown-endpoint",
    "500": "server-fault",
}


@pytest.mark.parametrize(("code", "rule"), CODES.items())
def test_an_error_code_inside_a_200_is_what_it_is(folder: Path, spec: Spec, code: str, rule: str) -> None:
    place, row = at(folder / "standard" / GROUP)
    answer = row.response.model_copy(update={"body": {"code": code, "msg": "no"}, "rows": None})
    edit(folder / "standard" / GROUP, place, response=answer)
    assert found(open_suite(spec, folder, only=(HISTORY,))) == {f"standard-{HISTORY}": [rule]}


def ask(row: Interaction, **changes: Any) -> dict[str, Any]:
    return {"request": row.request.model_copy(update=changes)}


@pytest.mark.parametrize(
    ("params", "rule", "word"),
    [
        ({"token": "1"}, "wrong-param", "the parameter token is not documented"),
        ({"interval": "7h"}, "wrong-param", "interval=7h is none of"),
        ({"interval": "1w"}, "wrong-param", "interval=1w was sent"),
        ({"symbol": None}, "missing-required-param", "recorded without symbol"),
    ],
)
def test_a_request_that_is_not_documented_is_found(
    folder: Path, spec: Spec, params: dict[str, str | None], rule: str, word: str
) -> None:
    place, row = at(folder / "standard" / GROUP)
    sent = {name: value for name, value in {**row.request.params, **params}.items() if value is not None}
    edit(folder / "standard" / GROUP, place, **ask(row, params=sent))
    told = judged(open_suite(spec, folder), f"standard-{HISTORY}")
    assert rule in [finding.rule for finding in told]
    assert word in " ".join(finding.message for finding in told)


def test_an_answer_of_another_address_is_found(folder: Path, spec: Spec) -> None:
    place, row = at(folder / "standard" / GROUP)
    edit(folder / "standard" / GROUP, place, **ask(row, path="/api/elsewhere"))
    told = judged(open_suite(spec, folder), f"standard-{HISTORY}")
    assert [finding.rule for finding in told] == ["wrong-param"]
    assert f"documented is GET {spec.operation(HISTORY).path}" in told[0].message


def test_data_is_as_old_as_it_was_when_it_was_recorded(folder: Path, spec: Spec) -> None:
    """A recording does not go stale by lying there, but an answer that was stale stays so."""
    path = folder / "standard" / GROUP
    place, row = at(path)
    old = {**row.response.headers, "date": "Mon, 21 Dec 2026 00:00:00 GMT"}
    assert found(open_suite(spec, folder, only=(HISTORY,), now=4e9)) == {}
    edit(path, place, response=row.response.model_copy(update={"headers": old}))
    assert found(open_suite(spec, folder, only=(HISTORY,))) == {f"standard-{HISTORY}": ["stale-data"]}


def test_the_answers_of_another_plan_are_found(spec: Spec, tmp_path: Path) -> None:
    """The same files under another plan's name, each saying that it belongs there."""
    for made in Library(default_folder(), "hobbyist", spec).cassettes():
        written(
            tmp_path, made.model_copy(update={"about": made.about.model_copy(update={"plan": "standard"})})
        )
    broken = found(open_suite(spec, tmp_path))
    assert broken["standard-key[subscription]"] == ["plan-mismatch"]
    assert broken["standard-key[rate-limit]"] == ["plan-mismatch", "rate-limit-mismatch"]
    assert broken["standard-key[witness]"] == ["plan-mismatch"]
    gated = [name for name, rules in broken.items() if "plan-mismatch" in rules]
    assert len(gated) > 30


def test_a_file_that_is_old_is_found(folder: Path, spec: Spec) -> None:
    about = load(folder / "standard" / GROUP).about
    now = (about.recorded_at + timedelta(days=91)).timestamp()
    assert found(open_suite(spec, folder, now=now)) == {}
    suite = open_suite(spec, folder, max_age=90 * 86_400, now=now)
    assert "recorded 91 d ago" in judged(suite, f"standard-cassette[{GROUP}]")[0].message


def test_a_file_of_another_description_is_found(folder: Path, spec: Spec) -> None:
    path = folder / "standard" / GROUP
    edit(path, spec=load(path).about.spec.model_copy(update={"sha256": "0" * 64}))
    place, row = at(path)
    edit(path, place, operation="gone")
    told = judged(open_suite(spec, folder), f"standard-cassette[{GROUP}]")
    assert [finding.severity for finding in told] == ["error", "warning"]
    assert "does not have: gone" in told[0].message
    assert judged(open_suite(spec, folder), f"standard-{HISTORY}")[0].rule == "cassette"
    assert row.operation == HISTORY


def test_an_answer_in_a_file_where_nothing_looks_for_it_is_found(folder: Path, spec: Spec) -> None:
    made = load(folder / "standard" / "account.json")
    stray = load(folder / "standard" / "options.json").interactions[0]
    written(folder, made.model_copy(update={"interactions": (*made.interactions, stray)}))
    told = judged(open_suite(spec, folder), "standard-cassette[account.json]")
    assert "nothing asked for 1 of its answers" in told[0].message


# --- what cannot be used ----------------------------------------------------------------------------


def test_a_recording_of_another_description_altogether_is_refused(spec: Spec, tmp_path: Path) -> None:
    written(tmp_path, cassette())
    with pytest.raises(CassetteError, match="no answer to any of 158 operations; recorded for T 1"):
        open_suite(spec, tmp_path)


def test_a_folder_that_is_no_plan_is_refused(spec: Spec, tmp_path: Path) -> None:
    written(tmp_path, cassette(plan="gold"))
    with pytest.raises(CassetteError, match="gold: no plan; expected one of hobbyist, "):
        open_suite(spec, tmp_path)


def test_the_usual_folder_is_the_one_that_was_recorded_here(tmp_path: Path) -> None:
    assert usual_folder(tmp_path) == default_folder()
    (tmp_path / "cassettes" / "one").mkdir(parents=True)
    (tmp_path / "cassettes" / "one" / "theirs.yaml").write_text("interactions: []")
    assert usual_folder(tmp_path) == default_folder()
    written(tmp_path / "cassettes")
    assert usual_folder(tmp_path) == tmp_path / "cassettes"


def test_a_damaged_file_stops_only_what_needs_it(folder: Path, spec: Spec) -> None:
    (folder / "standard" / "options.json").write_text("{")
    assert found(open_suite(spec, folder, only=(HISTORY,))) == {}
    with pytest.raises(CassetteError, match=r"options.json:1: ends too soon"):
        open_suite(spec, folder)


def test_names_of_files_and_cases_agree(shipped: Suite) -> None:
    groups: list[Case] = [case for case in shipped.cases if "-cassette[" in case.id]
    names = {case.id.partition("[")[2].rstrip("]") for case in groups}
    library = Library(default_folder(), "standard", shipped.spec)
    assert names == {FILE, *(file_name(made.about.group) for made in library.cassettes())}
