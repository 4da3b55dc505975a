"""The page as one file: whole, harmless, linked within itself, small enough, and open to own templates."""

from __future__ import annotations

import re
from base64 import b64encode
from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest

from audit.errors import UsageError
from audit.model import Run
from audit.report.formats import render
from audit.report.formats.html import render as render_page
from audit.report.formats.json_ import render as render_json
from tests.report.factory import CASES, finding, flood, no_go, run
from tests.report.full import full, large
from tests.report.parsed import Parsed

ALL = {**CASES, "full": full}
ALL_CASES = pytest.mark.parametrize("case", ALL)


def ids(page: str) -> list[str]:
    return [value for name, value in Parsed(page).attributes if name == "id"]


@ALL_CASES
def test_it_asks_nothing_of_the_network(case: str) -> None:
    page = render("html", ALL[case]())
    parsed = Parsed(page)
    assert parsed.fetched == {"data:,"}
    assert not {"iframe", "img", "form", "object", "embed", "base"} & set(parsed.tags)
    assert parsed.tags.count("style") == parsed.tags.count("script") == 1
    names = {name for name, _ in parsed.attributes}
    assert "style" not in names
    assert not {name for name in names if name.startswith("on")}


@ALL_CASES
def test_its_policy_allows_its_own_style_and_script_alone(case: str) -> None:
    page = render("html", ALL[case]())
    digests = {}
    for tag in ("style", "script"):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert not re.search(r"url\(|@import|https?:|fetch\(|XMLHttp|innerHTML", text)
        digests[tag] = b64encode(sha256(text.encode()).digest()).decode()
    policy = next(
        value for name, value in Parsed(page).attributes if name == "content" and "default-src" in value
    )
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digests['style']}'; "
        f"script-src 'sha256-{digests['script']}'; img-src data:; base-uri 'none'; form-action 'none'"
    )


@ALL_CASES
def test_every_link_leads_to_a_place_on_the_page(case: str) -> None:
    page = render("html", ALL[case]())
    places = ids(page)
    assert [name for name, count in Counter(places).items() if count > 1] == []
    links = {value[1:] for name, value in Parsed(page).attributes if name == "href" and value[0] == "#"}
    assert links <= set(places)
    labelled = {value for name, value in Parsed(page).attributes if name == "aria-labelledby"}
    assert labelled <= set(places)


def test_everything_a_run_has_is_a_section() -> None:
    shown = re.findall(r'<section aria-labelledby="([a-z]+)"', render("html", full()))
    assert shown == [
        *("answers", "key", "plans", "intervals", "findings", "code", "migration", "fields", "speed"),
        *("freshness", "channels", "readiness", "claims", "trend", "rules", "runbook", "signing"),
    ]
    assert len(re.findall(r"<section ", render("html", CASES["empty"]()))) == 3


def test_the_top_says_what_was_audited_with_what() -> None:
    words = " ".join(" ".join(Parsed(render("html", full())).words).split())
    top = words[: words.index("4 requests")]
    for told in ("SANDBOX: says nothing about the live API", "NO-GO", "middle", "2026-09-01 10:00 UTC"):
        assert told in top
    for told in ("coinglass-audit 1.2.3", "ab" * 32, "ab" * 20, "with uncommitted changes", "cd" * 32):
        assert told in top


def test_a_finding_shows_request_answer_rule_and_remedy() -> None:
    page = render("html", no_go())
    article = next(part for part in page.split("<article")[1:] if "depth_book" in part)
    assert 'href="#rule-plan-mismatch"' in article
    assert '"$BASE_URL"' in article.replace("&#34;", '"')
    assert "not in your plan" in article
    assert "Check the plan with" in article


def test_each_cell_of_the_audited_plan_holds_promise_and_observation() -> None:
    page = render("html", no_go())
    (row,) = re.findall(r"<tr[^>]*><th scope=\"row\"><code>depth_book</code>.*?</tr>", page, re.DOTALL)
    assert 'class="broken"' in row
    cells = [re.sub(r"<[^>]+>|\s+", " ", f"<td{cell}").strip() for cell in row.split("<td")[1:]]
    assert len(cells) == 3
    assert (cells[0], cells[2]) == ("no", "✓")
    assert "✓" in cells[1]
    assert "plan_gated" in cells[1]


def test_a_flood_is_folded_and_still_there() -> None:
    told = render("html", flood())
    assert told.count('<article class="finding') == 1
    (folded,) = re.findall(r'<details class="all">.*?</details>', told, re.DOTALL)
    assert folded.count("<li><code>prices_of_") == 158


def test_a_remedy_stands_once_where_it_is_the_same_for_all() -> None:
    same = render("html", run(findings=tuple(finding(name) for name in ("depth_book", "news_list"))))
    assert same.count("Check the plan with `coinglass-audit key`.") == 1
    other = (finding("depth_book"), finding("news_list", message="field x is absent", remedy="Wait."))
    mixed = render("html", run(findings=other))
    assert mixed.count("<dt>remedy</dt>") == 2


def test_the_run_it_was_made_from_is_named_by_its_digest() -> None:
    given = full()
    assert sha256(render_json(given).encode()).hexdigest() in render("html", given)


def test_a_command_of_the_runbook_keeps_its_lines() -> None:
    page = render("html", full())
    (command,) = re.findall(r'<pre class="curl">(.*?)</pre>', page, re.DOTALL)
    assert command == "curl --get https://api.example.test/api/prices \\\n  --data-urlencode symbol=BTC\n"


def test_a_message_of_ten_megabytes_is_cut() -> None:
    long = "x" * 10_000_000
    given = run(findings=(finding("depth_book", message=long, evidence=long, remedy=long),))
    assert len(render("html", given)) < 200_000


def test_a_thousand_operations_and_five_thousand_findings_stay_below_three_megabytes() -> None:
    page = render("html", large())
    assert len(page.encode()) < 3_000_000
    assert page.count('<th scope="row"><code>futures_market_') >= 1000
    assert len(set(re.findall(r"field_(\d{4})_of_the_answer", page))) == 5000


@pytest.mark.parametrize("case", ["go", "full"])
def test_own_templates_take_the_place_of_shipped_ones(case: str, tmp_path: Path) -> None:
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "signing.html.j2").write_text(
        "<section><h2>Ours: {{ run.spec.title }}</h2></section>"
    )
    page = render_page(ALL[case](), templates=tmp_path)
    assert "Ours: Example API" in page
    assert 'id="signing"' not in page.replace("#signing", "")
    (tmp_path / "signoff.css").write_text("body { color: {{ not a template }} }")
    styled = render_page(ALL[case](), templates=tmp_path)
    digest = b64encode(sha256(b"body { color: {{ not a template }} }").digest()).decode()
    assert f"'sha256-{digest}'" in styled.replace("&#39;", "'")


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("<p>fine</p>\n{% if %}", 2, "Expected an expression"),
        ("<p>\n\n{{ run.nothing_like_it }}", 3, "nothing_like_it"),
        ("{{ nobody }}", 1, "'nobody' is undefined"),
        ("\n{{ 1 / 0 }}", 2, "division by zero"),
        ("\n\n\n{% for x in run %}", 4, "Unexpected end of template"),
        ("{% include 'page/lost.html.j2' %}", 1, "page/lost.html.j2"),
    ],
)
def test_a_mistake_in_an_own_template_is_one_line_with_its_place(
    text: str, line: int, said: str, tmp_path: Path
) -> None:
    (tmp_path / "page").mkdir()
    path = tmp_path / "page" / "key.html.j2"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        render_page(run(), templates=tmp_path)
    told = str(caught.value)
    assert told.startswith(f"{path}:{line}: ")
    assert said in told
    assert "\n" not in told


def test_a_folder_without_templates_lists_their_names(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no folder with a template.*page/key\.html\.j2.*signoff\.html\.j2"):
        render_page(run(), templates=tmp_path / "nowhere")


def test_the_example_is_a_page_of_the_sandbox() -> None:
    folder = Path(__file__).resolve().parents[2] / "reports" / "example"
    page = (folder / "signoff.html").read_text(encoding="utf-8")
    assert "SANDBOX: says nothing about the live API" in page
    given = Run.model_validate_json((folder / "run.json").read_text(encoding="utf-8"))
    assert given.target.kind == "sandbox"
    assert sha256((folder / "run.json").read_bytes()).hexdigest() in page
