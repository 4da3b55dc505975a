"""What all formats have in common: they agree, are stable, and never hide what was audited."""

from __future__ import annotations

import json
import random
import re
import socket
from importlib import import_module

import pytest
from rich.cells import cell_len

from audit.errors import UsageError
from audit.model import Advice, Because, Location, Run, Target, TargetKind, sort_findings
from audit.report.formats import FORMATS, check_format, render
from audit.report.summary import summarize
from tests.report.factory import CASES, LIVE, OLD, both, code, finding, flood, no_go, run

READ_BY_PEOPLE = ["text", "markdown", "html"]
ALL_CASES = pytest.mark.parametrize("case", CASES)
ALL_FORMATS = pytest.mark.parametrize("name", FORMATS)


@ALL_FORMATS
def test_a_format_is_a_module_with_one_signature(name: str) -> None:
    chosen = check_format(name)
    assert chosen.help
    assert import_module(chosen.module).render(run(), width=100, color=False).endswith("\n")


def test_file_names_differ() -> None:
    assert len({chosen.file_name for chosen in FORMATS.values()}) == len(FORMATS)


def test_an_unknown_format_lists_the_known_ones() -> None:
    with pytest.raises(
        UsageError, match=r"unknown format 'htm'; did you mean html.*text, json, markdown, junit, sarif, html"
    ):
        render("htm", run())


@ALL_FORMATS
@ALL_CASES
def test_the_same_run_gives_the_same_text(name: str, case: str) -> None:
    assert render(name, CASES[case]()) == render(name, CASES[case]())


@ALL_FORMATS
def test_the_order_of_findings_does_not_show(name: str) -> None:
    given = no_go()
    shuffled = list(given.findings)
    random.Random(1).shuffle(shuffled)
    assert tuple(shuffled) != given.findings
    again = given.model_copy(update={"findings": sort_findings(shuffled)})
    assert render(name, again) == render(name, given)


@pytest.mark.parametrize("kind", [kind for kind in TargetKind if kind is not TargetKind.LIVE])
@pytest.mark.parametrize("name", READ_BY_PEOPLE)
def test_what_is_not_live_says_so_first(name: str, kind: TargetKind) -> None:
    told = render(name, run(target=Target(kind=kind, base_url="http://127.0.0.1:8000")))
    banner = f"{kind.upper()}: says nothing about the live API"
    assert banner in told
    if name != "html":
        assert banner in "\n".join(told.splitlines()[:4])


@pytest.mark.parametrize("name", READ_BY_PEOPLE)
def test_a_live_run_carries_no_banner(name: str) -> None:
    # The style sheet is the same for all.
    told = render(name, run(target=LIVE)).split("</style>")[-1]
    assert "says nothing" not in told
    assert not re.search("sandbox", told, re.IGNORECASE)


def test_json_names_the_kind_of_target() -> None:
    assert json.loads(render("json", no_go()))["target"]["kind"] == "sandbox"
    assert json.loads(render("json", run()))["target"]["kind"] == "live"


@ALL_CASES
def test_json_is_the_run(case: str) -> None:
    text = render("json", CASES[case]())
    assert Run.model_validate_json(text) == CASES[case]()
    assert list(json.loads(text))[:2] == ["format", "tool"]


@ALL_CASES
@pytest.mark.parametrize("width", [60, 80, 140])
def test_the_terminal_respects_its_width(case: str, width: int) -> None:
    lines = render("text", CASES[case](), width=width).splitlines()
    assert max(cell_len(line) for line in lines) <= width
    assert all(line == line.rstrip() for line in lines)


@ALL_CASES
def test_the_decision_is_the_last_line_of_the_terminal(case: str) -> None:
    given = CASES[case]()
    last = render("text", given).rstrip("\n").splitlines()[-1]
    assert last.startswith(f" {given.decision.outcome.upper()} ")


def test_colour_is_only_there_when_asked_for() -> None:
    colored = render("text", no_go(), color=True)
    assert "\x1b[" in colored
    uncolored = re.sub(r"\x1b\[[\d;]*m", "", colored)
    assert [line.rstrip() for line in uncolored.splitlines()] == render("text", no_go()).splitlines()


@pytest.mark.parametrize("name", ["text", "markdown"])
def test_a_flood_is_folded(name: str) -> None:
    told = render(name, flood())
    assert "×158" in told
    assert told.count("middle promises it") == 1
    assert len(told.splitlines()) < 50


def test_many_different_findings_are_capped() -> None:
    letters = "abcdefghijklmnopqrst"
    given = run(findings=tuple(finding(message=f"field {letter} is absent") for letter in letters))
    assert "and 8 findings more, see run.json" in render("text", given)
    assert "and 10 findings more, see run.json" in render("markdown", given)
    assert all(f"field {letter} is absent" in render("html", given) for letter in letters)


def test_rendering_opens_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a format reached for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    for name in FORMATS:
        assert render(name, no_go())


@pytest.mark.parametrize("name", READ_BY_PEOPLE)
def test_findings_in_code_name_their_place_and_the_plan_they_need(name: str) -> None:
    place = Location(file="bot.py", line=12, column=8)
    given = run(
        target=Target(kind=TargetKind.CODE),
        findings=(
            finding(None, rule="legacy-endpoint", location=place, legacy="/api/old", replacement="/api/new"),
        ),
        advice=Advice(
            minimum_plan="large", because=(Because(operation="depth_map", file="bot.py", line=12),)
        ),
    )
    told = render(name, given)
    assert "bot.py:12" in told
    assert "large" in told
    assert "/api/old" in told
    assert "/api/new" in told


@pytest.mark.parametrize("name", READ_BY_PEOPLE)
def test_what_a_cheaper_plan_would_take_is_told(name: str) -> None:
    told = render(name, code())
    assert "depth_book" in told  # stands in for depth_map on the middle plan
    assert "from 4h on" in told
    assert "no equal today" in told


@pytest.mark.parametrize("name", READ_BY_PEOPLE)
def test_a_scan_speaks_of_code_and_not_of_requests(name: str) -> None:
    told = render(name, code()).split("</style>")[-1]
    assert "2 of them judged" in told
    assert not re.search(r"\b0\b[^\n]{0,10} requests|run\.json|not proved|everything asked", told)
    assert 'id="answers"' not in told
    assert 'id="answers"' in render("html", both())


def test_findings_are_shared_out_between_the_list_and_the_table_of_changes() -> None:
    summary = summarize(both())
    listed = [one for group in summary.findings for one in group.findings]
    changed = [one for group in summary.migrations for one in group.findings]
    assert sorted(map(str, listed + changed)) == sorted(map(str, both().findings))
    assert [(one.old, one.new, one.certain, one.where) for one in summary.migrations] == [
        (OLD, "/api/prices/history", True, ("bot.py:3", "src/job.ts:7")),
        ("/api/prices/mood", None, False, ("bot.py:20",)),
    ]
