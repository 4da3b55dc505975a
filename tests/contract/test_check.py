"""Looking through cassettes: the shipped ones are in order, and each fault is found and said."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from audit.checks import check_answer
from audit.client.secret import Secret
from audit.contract.cassette import Cassette, default_folder, dump, load
from audit.contract.check import examine, unused_in
from audit.contract.observing import observe
from audit.contract.replay import Library
from audit.contract.scrub import Scrubber
from audit.contract.stream_file import load_either
from audit.errors import CassetteError, UsageError
from audit.model import Severity, TargetKind
from audit.spec.catalog import Spec
from tests.contract.made import RECORDED_AT, interaction
from tests.support.cli import REPOSITORY, run_here

NOW = RECORDED_AT.timestamp()
KEY = "fa4e" * 8
DAY = 86_400.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two groups of the shipped cassettes, to be spoilt."""
    for name in ("account.json", "options.json"):
        (tmp_path / "standard").mkdir(exist_ok=True)
        shutil.copy(default_folder() / "standard" / name, tmp_path / "standard" / name)
    return tmp_path


def test_the_shipped_cassettes_are_in_order(spec: Spec) -> None:
    found = examine(default_folder(), spec, now=NOW, scrubber=Scrubber(Secret(KEY), "KEY"))
    assert found == (), "if the description was changed on purpose, run `make record`"


def test_the_shipped_cassettes_say_that_they_come_from_the_sandbox(spec: Spec) -> None:
    """A recording of the live API replaces them on purpose; this test is changed with it."""
    assert sorted(path.name for path in default_folder().iterdir()) == sorted(spec.ladder.names)
    for path in default_folder().glob("*/*.json"):
        assert load_either(path).about.target.kind is TargetKind.SANDBOX
        assert '"kind": "sandbox"' in path.read_text()[:400]


def test_the_shipped_cassettes_stay_small() -> None:
    assert sum(path.stat().st_size for path in default_folder().rglob("*")) < 3_000_000


def test_trimmed_answers_still_pass_every_check(spec: Spec) -> None:
    for plan in spec.ladder.plans:
        for made in Library(default_folder(), plan.name, spec).cassettes():
            for row in made.interactions:
                seen = observe(spec, plan, row, made.about.recorded_at)
                assert seen.observation.verdict is seen.observation.expected, (plan.name, row.operation)
                assert check_answer(seen) == (), (plan.name, row.operation, row.interval)


def test_an_answer_is_seen_at_the_moment_and_with_the_rows_that_came(spec: Spec) -> None:
    row = interaction("futures_supported_coins", body={"code": "0", "data": ["BTC"]}, rows=900)
    seen = observe(spec, spec.ladder.get("standard"), row, RECORDED_AT)
    assert (seen.now, seen.observation.rows) == (RECORDED_AT.timestamp(), 900)
    dated = interaction("futures_supported_coins", headers={"date": "Fri, 20 Nov 2026 00:00:09 GMT"})
    seen = observe(spec, spec.ladder.get("standard"), dated, RECORDED_AT)
    assert (seen.now, seen.observation.rows) == (RECORDED_AT.timestamp() + 9, 2)
    with pytest.raises(UsageError, match="unknown operation"):
        observe(spec, spec.ladder.get("standard"), interaction("futures_supported_coin"), RECORDED_AT)


def edit(path: Path, change: Callable[[Cassette], Cassette]) -> None:
    """Change a cassette and sign it anew, as no recording would."""
    path.write_text(dump(change(load(path))))


def with_first(made: Cassette, part: str, **changes: object) -> Cassette:
    row = made.interactions[0]
    parts = {part: getattr(row, part).model_copy(update=changes)} if part else changes
    return made.model_copy(update={"interactions": (row.model_copy(update=parts), *made.interactions[1:])})


def told(folder: Path, spec: Spec, **options: float | Scrubber) -> list[str]:
    found = examine(folder, spec, **{"now": NOW, **options})  # type: ignore[arg-type]  # each has its own type
    assert all(row.rule == "cassette" for row in found)
    places = [row.location.file.removeprefix(str(folder)) for row in found if row.location]
    return [f"{row.severity} {place} {row.message}" for row, place in zip(found, places, strict=True)]


def test_an_untouched_folder_has_no_findings(folder: Path, spec: Spec) -> None:
    assert told(folder, spec) == []


def test_a_file_that_does_not_load_is_found_and_the_others_are_still_looked_at(
    folder: Path, spec: Spec
) -> None:
    (folder / "standard" / "account.json").write_text("<<<<<<< HEAD\n")
    (folder / "standard" / "options.json").write_text("{")
    (folder / "standard" / "bomb.yaml").write_text("a: &a [x]")
    (folder / "README.md").write_text("mine")
    rows = told(folder, spec)
    assert [row.split()[1] for row in rows] == [
        "/standard/account.json", "/standard/bomb.yaml", "/standard/options.json"
    ]  # fmt: skip
    assert all(row.startswith("error ") for row in rows)
    assert "conflict mark" in rows[0]
    assert "not a cassette" in rows[1]


def test_a_stale_recording_is_a_finding(folder: Path, spec: Spec) -> None:
    age = RECORDED_AT.timestamp() + 100 * DAY
    rows = told(folder, spec, now=age, max_age=90 * DAY)
    assert len(rows) == 2
    assert all(row.startswith("warning ") and "at most 90 d are allowed" in row for row in rows)
    assert told(folder, spec, now=age, max_age=101 * DAY) == told(folder, spec, now=age) == []


def test_another_description_is_a_finding_and_no_crash(folder: Path, spec: Spec) -> None:
    path = folder / "standard" / "account.json"
    changed = {"spec": load(path).about.spec.model_copy(update={"sha256": "0" * 64})}
    edit(path, lambda made: made.model_copy(update={"about": made.about.model_copy(update=changed)}))
    assert told(folder, spec) == [
        "warning /standard/account.json recorded with another state of the description"
    ]


def test_an_operation_that_does_not_exist_is_a_finding(folder: Path, spec: Spec) -> None:
    path = folder / "standard" / "account.json"
    edit(path, lambda made: with_first(made, "", operation="user_account_retired"))
    assert told(folder, spec) == [
        "error /standard/account.json operations that the description does not have: user_account_retired"
    ]


def test_a_misplaced_file_is_a_finding(folder: Path, spec: Spec) -> None:
    (folder / "standard" / "account.json").rename(folder / "standard" / "user.json")
    (folder / "standard" / "options.json").rename(folder / "options.json")
    rows = told(folder, spec)
    assert "stands under" in rows[0]
    assert f"it belongs to {folder / 'standard' / 'account.json'}" in rows[1]


def test_the_key_itself_is_found_even_in_a_file_that_does_not_load(folder: Path, spec: Spec) -> None:
    (folder / "standard" / "account.json").write_text(f'{{\n"key": "{KEY.upper()}"')
    scrubber = Scrubber(Secret(KEY), "KEY")
    rows = told(folder, spec, scrubber=scrubber)
    assert "error /standard/account.json the key itself stands in it, at line 2" in rows
    assert KEY not in "".join(rows).lower()


@pytest.mark.parametrize("name", ["apiKey", "CG-API-KEY", "secret"])
def test_a_foreign_key_is_found_by_the_name_beside_it(folder: Path, spec: Spec, name: str) -> None:
    path, value = folder / "standard" / "account.json", "9b2e7c41d05f4a6e8c13"
    edit(path, lambda made: with_first(made, "response", body={"data": {name: value}}))
    rows = told(folder, spec)
    assert len(rows) == 1
    assert re.search(r"line \d+ holds what looks like a key: 9b…13", rows[0])


def test_what_is_not_documented_may_carry_a_key_and_is_found(folder: Path, spec: Spec) -> None:
    edit(
        folder / "standard" / "account.json", lambda made: with_first(made, "request", params={"token": "x"})
    )
    edit(
        folder / "standard" / "options.json",
        lambda made: with_first(made, "response", headers={"set-cookie": "x"}),
    )
    rows = told(folder, spec)
    assert any("the parameter token is not documented" in row for row in rows)
    assert any("the header set-cookie is none that is kept" in row for row in rows)


def test_answers_that_nothing_asked_for_are_findings(folder: Path, spec: Spec) -> None:
    library = Library(folder, "standard", spec)
    rows = [row for made in library.cassettes() for row in made.interactions]
    for row in rows[:-1]:
        library.find(row.request.method, row.request.path, row.request.params)
    found = unused_in(library)
    assert [(row.severity, row.location and Path(row.location.file).name) for row in found] == [
        (Severity.WARNING, "options.json")
    ]
    assert rows[-1].request.path in found[0].message
    library.find(rows[-1].request.method, rows[-1].request.path, rows[-1].request.params)
    assert unused_in(library) == ()


def test_a_folder_without_cassettes_is_an_error(tmp_path: Path, spec: Spec) -> None:
    with pytest.raises(CassetteError, match="no cassettes; `coinglass-audit record --out"):
        examine(tmp_path, spec, now=NOW)


# --- the command ------------------------------------------------------------------------------------


def test_the_command_records_and_checks(tmp_path: Path) -> None:
    out = tmp_path / "kept"
    given = ["--plan", "startup", "--plan", "standard", "--only", "option_*", "--out", str(out)]
    ran = run_here("record", "--sandbox", *given, "--at", "2026-11-20T00:00Z")
    assert ran.code == 0, ran.err
    assert "SANDBOX" in ran.err
    assert " ".join(ran.out.split()).endswith("1 file; 4 available (sandbox, in-process sandbox)")
    assert sorted(path.relative_to(out).as_posix() for path in out.rglob("*.json")) == [
        "standard/options.json", "startup/options.json"
    ]  # fmt: skip
    checked = run_here("record", "--check", "--out", str(out))
    assert (checked.code, checked.out) == (0, f"{out}: cassettes of standard, startup; nothing wrong\n")
    assert run_here("record", "--check", "--cassettes", str(out)) == checked
    aged = run_here("record", "--check", "--out", str(out), "--max-age", "1s")
    assert aged.code == 0
    assert aged.out.count("warning: ") == 2
    assert (
        run_here("record", "--check", "--out", str(out), "--max-age", "1s", "--fail-on", "warning").code == 1
    )
    path = out / "standard" / "options.json"
    path.write_text(path.read_text().replace('"code": "0"', '"code": "1"'))
    spoilt = run_here("record", "--check", "--out", str(out))
    assert spoilt.code == 1
    assert spoilt.out.startswith(f"error: {path}: not what was recorded")
    assert run_here("record", "--check", "--out", str(out), "--fail-on", "never").code == 0


def test_the_check_looks_for_the_key_of_the_environment(folder: Path) -> None:
    path = folder / "standard" / "account.json"
    tree = json.loads(path.read_text())
    path.write_text(json.dumps(tree | {"note": KEY}))
    ran = run_here("record", "--check", "--out", str(folder), COINGLASS_API_KEY=KEY)
    assert ran.code == 1
    assert "the key itself stands in it" in ran.out
    assert KEY not in ran.out + ran.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--plan", "gold"], ["unknown plan 'gold'"]),
        (["--at", "soon"], ["--at 'soon' is no moment"]),
        (["--max-age", "90d"], ["goes with --check"]),
        (["--check", "--max-age", "old", "--out", "cassettes"], ["--max-age: 'old' is not a span of time"]),
        (["--only", "nothing_*"], ["no operation and no channel matches"]),
        (["--base-url", "http://127.0.0.1:9", "--at", "2026-11-20"], ["--at sets the clock of the sandbox"]),
    ],
)
def test_wrong_use_is_one_line(tmp_path: Path, arguments: list[str], words: list[str]) -> None:
    out = [] if "--out" in arguments else ["--out", str(tmp_path)]
    ran = run_here("record", *arguments, *out)
    assert ran.code == 2
    assert [word for word in words if word not in ran.err.splitlines()[-1]] == []


def test_a_key_has_one_plan(tmp_path: Path) -> None:
    given = ["--base-url", "http://127.0.0.1:9", "--plan", "startup", "--plan", "standard"]
    ran = run_here("record", *given, "--out", str(tmp_path), COINGLASS_API_KEY=KEY)
    assert (ran.code, ran.err.splitlines()[-1]) == (2, "error: a key has one plan; name one --plan, or none")


def test_the_hook_for_other_repositories_runs_the_check() -> None:
    text = (REPOSITORY / ".pre-commit-hooks.yaml").read_text()
    assert "entry: coinglass-audit record --check" in text
