"""The page in a browser: silent, within its width, accessible, used by mouse and keyboard, whole unscripted.

Skips where Chromium, Node or the packages of ``tests/browser`` are absent; `npm ci` in that folder
installs the packages.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from audit.report.formats import render
from tests.report.full import full

FOLDER = Path(__file__).resolve().parents[1] / "browser"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
WAYS = ("desktop light", "desktop dark", "phone light", "phone dark", "print light", "print dark")


def drive(page: Path) -> dict[str, Any]:
    """Use a page as people do; return what came of it."""
    browser = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    node = shutil.which("node")
    if browser is None or node is None:
        pytest.skip("no Chromium or no Node on this machine")
    if not (FOLDER / "node_modules").is_dir():
        pytest.skip("the packages of tests/browser are not installed; `npm ci` there installs them")
    ran = subprocess.run(
        [node, "drive.mjs", page.as_uri()],
        cwd=FOLDER,
        env={**os.environ, "CHROMIUM": browser},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    told: dict[str, Any] = json.loads(ran.stdout)
    return told


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "signoff.html"
    path.write_text(render("html", full()), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def told(page: Path) -> dict[str, Any]:
    return drive(page)


def test_it_says_nothing_and_asks_for_nothing(told: dict[str, Any], page: Path) -> None:
    assert told["heard"]["console"] == []
    assert set(told["heard"]["requests"]) == {page.as_uri()}


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_wider_than_the_page(told: dict[str, Any], way: str) -> None:
    assert (told["overflow"][f"{way} closed"], told["overflow"][f"{way} open"]) == (0, 0)


@pytest.mark.parametrize("way", WAYS)
def test_axe_finds_no_violation(told: dict[str, Any], way: str) -> None:
    assert told["axe"][way] == []


def test_it_prints(told: dict[str, Any]) -> None:
    assert told["pdf"] == "%PDF-"


def test_search_filter_and_folding_work_by_mouse(told: dict[str, Any]) -> None:
    mouse = told["mouse"]
    assert (mouse["operations"], mouse["searched"], mouse["found"]) == (5, 1, "1 of 5")
    assert mouse["filtered"] == mouse["broken"] == 2
    assert (mouse["opened"], mouse["closed"], mouse["one"]) == (5, 0, 2)
    assert mouse["notes"] == 1


def test_copying_copies_the_request(told: dict[str, Any]) -> None:
    mouse = told["mouse"]
    assert mouse["copied"] == mouse["curl"]
    assert mouse["copied"].startswith('curl -H "EXAMPLE-KEY: $EXAMPLE_KEY" "$BASE_URL"')
    assert mouse["said"] == "The request is copied."


def test_the_theme_goes_round(told: dict[str, Any]) -> None:
    system, light, dark, again = told["mouse"]["themes"]
    assert system == light == again != dark


def test_everything_is_reached_and_used_by_keyboard(told: dict[str, Any]) -> None:
    keyboard = told["keyboard"]
    assert all(keyboard["reached"].values()), keyboard["reached"]
    assert "To the decision" in keyboard["first"]
    assert (keyboard["theme"], keyboard["state"]) == ("light", "broken")
    assert (keyboard["searched"], keyboard["opened"], keyboard["one"]) == (2, 5, 2)
    assert keyboard["copied"] == told["mouse"]["curl"]


def test_it_is_whole_without_its_script(told: dict[str, Any]) -> None:
    plain = told["plain"]
    assert plain["decision"].split() == ["NO-GO", "sandbox"]
    assert plain["tools"] == 0
    assert plain["opened"] == 5
