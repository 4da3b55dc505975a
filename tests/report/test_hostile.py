"""What a server says is shown and does nothing, in every format."""

from __future__ import annotations

import json
import re
import unicodedata

import pytest
from rich.cells import cell_len

from audit.model import (
    Advice,
    Alternative,
    Because,
    Decision,
    Location,
    Outcome,
    Proof,
    Run,
    Scanned,
    SpecFacts,
    StreamFacts,
    Use,
    Verdict,
)
from audit.report.formats import FORMATS, render
from audit.report.words import plain
from tests.report.factory import SANDBOX, finding, key, observation, promise, run
from tests.report.parsed import Parsed

HOSTILE = {
    "html": "<img src=x onerror=alert(1)>",
    "script": "</style></code><script>alert(1)</script>",
    "attribute": '" onmouseover="alert(1)" x=\'',
    "template": "{{ 7*7 }} {% raw %} ${7*7}",
    "ansi": "\x1b[31mred\x1b[0m \x1b]8;;https://evil.test\x07link\x1b]8;;\x07",
    "c1": "\x9b31mred\x9d0;title\x9c",
    "controls": "a\x00b\x07c\x08d\x7fe\r\nf\tg",
    "bidi": "abc\u202etxt.exe\u2066x\u2069\u200f",
    "separators": "a\u2028b\u2029c\x85d",
    "surrogate": "half \ud800 pair",
    "tags": "a\U000e0041b",
    "pipes": "a | b \\| c |",
    "backticks": "`` ` ``` \\` ~~~",
    "markdown": "[click](https://evil.test) ![x](http://evil.test/x) **bold** @everyone #1 www.evil.test",
    "blocks": "\n\n# heading\n\n> quote\n\n```\ncode\n",
    "rich": "[bold red]x[/] [link=https://evil.test]y[/link] :boom:",
    "long": "x" * 5000,
    "wide": "行情" * 2000,
}
EVERYWHERE = pytest.mark.parametrize("told", HOSTILE.values(), ids=HOSTILE.keys())


def hostile(told: str) -> Run:
    """The text in every place that is filled from outside."""
    return run(
        target=SANDBOX.model_copy(update={"base_url": told}),
        spec=SpecFacts(title=told, version=told, sha256="ab" * 32, operations=2),
        key=key(
            proofs=(Proof(way="witness", plan=told, evidence=told),), plan=told, agree=False, expires_at=told
        ),
        promises=(promise("prices_list", title=told), promise("depth_book", told, path=told)),
        observations=(
            observation(told, Verdict.SERVER_ERROR, message=told, code=told, path=told, params={told: told}),
            observation("prices_list", Verdict.SERVER_ERROR, message=told, code=told),
            observation(told, Verdict.PLAN_GATED, method="SUBSCRIBE", path=told, message=told),
        ),
        streams=(StreamFacts(channel=told, name=told, bound_seconds=60, url=told, subscribe=told),),
        findings=(
            finding(told, message=told, evidence=told, remedy=told, legacy=told, replacement=told, rule=told),
            finding(
                None,
                location=Location(file=told, line=1, column=1),
                message=told,
                evidence=told,
                remedy=told,
                legacy=told,
                replacement=told,
            ),
        ),
        uses=(Use(file=told, line=1, path=told, status="legacy"),),
        scanned=Scanned(paths=(told,), files=1, read=1, read_as_text=(told,), skipped={told: 1}),
        advice=Advice(
            minimum_plan=told,
            because=(Because(operation=told, file=told, line=1, plan=told),),
            alternatives=(
                Alternative(
                    plan=told,
                    without=(told,),
                    stand_ins={told: (told,)},
                    lacks={told: told},
                    wider={told: told},
                ),
            ),
        ),
        decision=Decision(outcome=Outcome.NO_GO, reasons=(told,)),
    )


@EVERYWHERE
@pytest.mark.parametrize("name", FORMATS)
def test_no_character_acts(name: str, told: str) -> None:
    """No control, override or invisible character gets through, and the text can be written."""
    output = render(name, hostile(told))
    output.encode("utf-8")
    acting = {char for char in output if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
    assert acting <= {"\n"}


@EVERYWHERE
def test_the_terminal_keeps_its_width_and_its_colours(told: str) -> None:
    output = render("text", hostile(told))
    assert max(cell_len(line) for line in output.splitlines()) <= 80
    colored = render("text", hostile(told), color=True)
    # Every escape is a colour of our own.
    assert re.sub(r"\x1b\[[\d;]*m", "", colored).count("\x1b") == 0
    assert "\x1b]" not in colored


def test_no_line_of_the_terminal_is_a_command_for_a_ci() -> None:
    words = " ".join(f"{'x' * length} ::stop-commands::y" for length in range(20, 70))
    output = render("text", hostile(f"{words} ##[set-output name=x]y ##vso[task.complete]"))
    assert "∷stop-commands::y" in output, "a line was broken where a command would begin"
    assert not any(line.lstrip().startswith("::") for line in output.splitlines())
    assert not re.search(r"##\w*\[", output)


@EVERYWHERE
def test_the_page_shows_it_as_text(told: str) -> None:
    page = render("html", hostile(told))
    parsed = Parsed(page)
    # Rules are sorted by name, so the harmless one must stand on the same side of the rule beside it.
    usual = Parsed(render("html", hostile("words" if told > "plan-mismatch" else "about")))
    assert parsed.tags == usual.tags
    assert [name for name, _ in parsed.attributes] == [name for name, _ in usual.attributes]
    assert parsed.fetched == {"data:,"}
    assert plain(told, 200)[:100].strip() in " ".join("".join(parsed.words).split())


@EVERYWHERE
def test_the_comment_has_no_markup_from_outside(told: str) -> None:
    page = render("markdown", hostile(told))
    outside_code = re.sub(r"`[^`\n]*`", "", page)
    assert "](" not in outside_code
    assert "://" not in outside_code
    assert "@" not in outside_code
    assert set(re.findall(r"<(/?\w+)", outside_code)) <= {"details", "/details", "summary", "/summary", "br"}
    # Tables keep their number of columns.
    for table in re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE):
        assert len({row.count("|") for row in table.splitlines()}) == 1


@pytest.mark.parametrize("name", sorted(FORMATS.keys() - {"json"}))
def test_ten_megabytes_are_cut_wherever_they_stand(name: str) -> None:
    given = hostile("wide " * 2_000_000)
    # All but the name of a file, which no file system lets grow so long.
    found = tuple(one.model_copy(update={"location": None}) for one in given.findings)
    assert len(render(name, given.model_copy(update={"findings": found}))) < 200_000


@EVERYWHERE
def test_json_gives_it_back(told: str) -> None:
    given = hostile(told)
    restored = Run.model_validate_json(render("json", given))
    if "\ud800" in told:
        assert restored.findings[0].message == told.replace("\ud800", "\ufffd")
    else:
        assert restored == given
    assert json.loads(render("json", given))["decision"]["outcome"] == "no-go"


def test_plain_spells_out_what_cannot_be_seen() -> None:
    assert plain("\x1b[31mred") == "\\x1b[31mred"
    assert plain("a\u202eb\U000e0041") == "a\\u202eb\\U000e0041"
    assert plain("two\r\n\tlines") == "two lines"
    assert plain("abcdef", 4) == "abc…"
