"""The badge: valid SVG and JSON, true about what was audited, legible, and safe with any text."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from audit.model import Decision, Outcome, PlanFacts, Run, Target, TargetKind
from audit.report.badge import GREY, badge
from audit.report.formats import render
from audit.report.pdf import find_browser
from tests.report.factory import CASES, LIVE, SANDBOX

SVG = "{http://www.w3.org/2000/svg}"
# What SVG 1.1 and ARIA allow on the elements that are used, as far as it is used.
SHAPE = {"x", "y", "width", "height", "rx", "fill"}
ALLOWED = {
    "svg": {"width", "height", "viewBox", "role", "aria-label"},
    "title": set[str](),
    "clipPath": {"id"},
    "rect": SHAPE,
    "g": {"clip-path", "fill", "font-family", "font-size"},
    "text": {"x", "y", "textLength"},
}
HOSTILE = '"><script>alert(1)</script>&amp; \x1b[31m\u202e'


def run(outcome: Outcome, target: Target = LIVE, plan: str | None = "middle") -> Run:
    decision = Decision(outcome=outcome, reasons=("Because.",))
    changes = {"target": target, "decision": decision, "plan": PlanFacts(declared=plan)}
    return CASES["go"]().model_copy(update=changes)


def picture(of: Run) -> ElementTree.Element:
    return ElementTree.fromstring(render("badge", of))  # noqa: S314 - written by the badge itself


@pytest.mark.parametrize("case", CASES)
def test_it_holds_nothing_that_svg_does_not_know(case: str) -> None:
    root = picture(CASES[case]())
    assert root.tag == f"{SVG}svg"
    for element in root.iter():
        assert set(element.attrib) <= ALLOWED[element.tag.removeprefix(SVG)]
        for name in ("x", "y", "width", "height", "rx", "textLength", "font-size"):
            assert float(element.get(name, "0")) >= 0
    (clip,) = root.iter(f"{SVG}clipPath")
    assert {group.get("clip-path", f"url(#{clip.get('id')})") for group in root.iter(f"{SVG}g")} == {
        "url(#round)"
    }


def test_a_browser_decodes_it_as_a_picture_of_its_size(tmp_path: Path) -> None:
    browser = find_browser()
    if browser is None:
        pytest.skip("no browser of the Chromium family on the PATH")
    text = render("badge", run(Outcome.NO_GO, plan=HOSTILE))
    (tmp_path / "badge.svg").write_text(text, encoding="utf-8")
    (tmp_path / "spoilt.svg").write_text(text.replace("</g>", "", 1), encoding="utf-8")
    page = tmp_path / "page.html"
    shown = "".join(
        f'<img src="{name}.svg" onload="this.alt = naturalWidth" onerror="this.alt = \'no picture\'">'
        for name in ("badge", "spoilt")
    )
    page.write_text(shown, encoding="utf-8")
    command = [
        browser,
        "--headless",
        "--disable-gpu",
        "--no-first-run",
        f"--user-data-dir={tmp_path / 'profile'}",
    ]
    command += ["--host-resolver-rules=MAP * ~NOTFOUND"] + ["--no-sandbox"] * (os.geteuid() == 0)
    done = subprocess.run(
        [*command, "--dump-dom", page.as_uri()], capture_output=True, text=True, timeout=60, check=False
    )
    width = ElementTree.fromstring(text).get("width")  # noqa: S314 - written by the badge itself
    assert re.findall(r'alt="([^"]*)"', done.stdout) == [width, "no picture"]


def lightness(color: str) -> float:
    """Relative luminance as WCAG 2 computes it."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("target", [LIVE, SANDBOX], ids=["live", "sandbox"])
def test_picture_and_data_say_the_same(outcome: Outcome, target: Target) -> None:
    of = run(outcome, target)
    told, root = json.loads(render("badge-json", of)), picture(of)
    whole = f"{told['label']}: {told['message']}"
    assert (root.tag, root.get("role"), root.get("aria-label")) == (f"{SVG}svg", "img", whole)
    assert root.findtext(f"{SVG}title") == whole
    assert [text.text for text in root.iter(f"{SVG}text")] == [told["label"], told["message"]]
    assert f"#{told['color']}" in {rect.get("fill") for rect in root.iter(f"{SVG}rect")}
    assert told["message"].startswith(f"{outcome.value} · middle")
    assert told["schemaVersion"] == 1
    assert told["isError"] is (outcome is not Outcome.GO)


@pytest.mark.parametrize("kind", sorted(set(TargetKind) - {TargetKind.LIVE}))
def test_only_the_live_api_makes_it_green(kind: TargetKind) -> None:
    told = badge(run(Outcome.GO, Target(kind=kind, base_url=None)))
    assert told.color == GREY
    assert told.message.endswith(f"{kind.value} only")
    assert badge(run(Outcome.GO)).color not in (GREY, badge(run(Outcome.NO_GO)).color)


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("target", [LIVE, SANDBOX], ids=["live", "sandbox"])
def test_white_letters_stand_out(outcome: Outcome, target: Target) -> None:
    assert 1.05 / (lightness(badge(run(outcome, target)).color) + 0.05) >= 4.5


def test_letters_have_room() -> None:
    root = picture(run(Outcome.INCOMPLETE, plan="MW" * 40))
    total = float(root.get("width") or 0)
    for text in root.iter(f"{SVG}text"):
        assert float(text.get("x") or 0) + float(text.get("textLength") or 0) < total
    assert total < 700


def test_a_hostile_plan_is_text() -> None:
    root = picture(run(Outcome.GO, plan=HOSTILE))
    assert {element.tag for element in root.iter()} == {
        f"{SVG}{name}" for name in ("svg", "title", "clipPath", "rect", "g", "text")
    }
    assert "<script>" in (root.findtext(f"{SVG}title") or "")
    assert "\u202e" not in render("badge", run(Outcome.GO, plan=HOSTILE))
    assert "\x1b" not in json.loads(render("badge-json", run(Outcome.GO, plan=HOSTILE)))["message"]
