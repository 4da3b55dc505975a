"""What `spec` prints, for people and for programs, and how it ends."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path

import pytest

from audit.spec.catalog import Spec, load
from audit.spec.describe import listing, overview, show, span
from tests.spec.conftest import SMALL
from tests.support.cli import run_here

DAY = 86_400


def test_the_listing_has_every_operation_with_plans_floors_and_parameters(spec: Spec) -> None:
    operations = listing(spec)["operations"]
    assert len(operations) == 158
    first = next(entry for entry in operations if entry["operation"] == "futures_open_interest_history")
    assert {key: first[key] for key in list(first)[:7]} == {
        "operation": "futures_open_interest_history",
        "path": "/api/futures/open-interest/history",
        "group": "futures/open-interest",
        "title": spec.operation("futures_open_interest_history").title,
        "plans": dict.fromkeys(spec.ladder.names, True),
        "interval_floor": {
            "hobbyist": "4h", "startup": "30m", "standard": None, "professional": None, "enterprise": None,
        },
        "parameters": [
            {"name": "exchange", "required": True, "type": "string"},
            {"name": "symbol", "required": True, "type": "string"},
            {"name": "interval", "required": True, "type": "string"},
            {"name": "limit", "required": False, "type": "integer"},
            {"name": "start_time", "required": False, "type": "integer"},
            {"name": "end_time", "required": False, "type": "integer"},
            {"name": "unit", "required": False, "type": "string"},
        ],
    }  # fmt: skip
    gated = next(entry for entry in operations if entry["operation"] == "futures_liquidation_max_pain")
    assert gated["plans"] == {
        "hobbyist": False, "startup": False, "standard": False, "professional": True, "enterprise": True,
    }  # fmt: skip
    json.dumps(operations)


def test_every_operation_can_be_shown_within_80_columns(spec: Spec) -> None:
    for operation in spec.operations.values():
        text = show(spec, operation)
        for line in text.splitlines():
            # A command cannot be wrapped, nor a path.
            assert len(line) <= 80 or "/api/" in line, line
        for parameter in operation.parameters:
            assert parameter.name in text


def test_a_page_of_the_small_description_is_exactly_this() -> None:
    small = load(SMALL)
    assert show(small, small.operation("sea_level_history")) == SEA_LEVEL_HISTORY


SEA_LEVEL_HISTORY = """\
sea_level_history
GET /v1/sea/level-history
Level at one gauge, as candles

The level of the water, a candle per bucket.

Plans
  deck    yes  intervals from 1h
  crew    yes
  bridge  yes

History
  deck: 30d at 1h; all at 1d
  crew: 7d at 10m; 60d at 1h; all at 1d
  bridge: not published

Updates
  not promised

Parameters
  gauge (pair, required): Which gauge. Example ESB1.
  interval (text, required): Width of a bucket. One of 10m, 1h, 1d. Example 1h.
  limit (whole number, optional): How many buckets. Default 50. Example 10.
  from (whole number, optional): Where to begin. Example: 2d ago.

Answer
  status: text. How it went.
  text?: text. The same in words.
  result: list of objects.
    time: moment in seconds. Start of the bucket.
    open: number as text, count. First level.
    high: number as text. Highest level.
    low: number as text. Lowest level.
    close: number as text. Last level.

Notes
  text (oddity; manual): The manual calls it words.
  limit (disagreement; manual, site): manual: at most 500. site: at most 100.
    Followed here: site. Not tried.

Try it
  curl --get https://tides.example/v1/sea/level-history \\
    --header 'X-Tide-Key: '"$TIDES_KEY" \\
    --data-urlencode gauge=ESB1 \\
    --data-urlencode interval=1h \\
    --data-urlencode limit=10 \\
    --data-urlencode from="$(($(date +%s) - 172800))\""""


@pytest.mark.parametrize(
    "name",
    [
        "user_account_subscription",
        "futures_open_interest_history",
        "futures_orderbook_large_limit_order_history",
    ],
)
def test_the_command_to_try_is_what_a_shell_understands(name: str, spec: Spec) -> None:
    operation = spec.operation(name)
    line = show(spec, operation).partition("Try it\n")[2]
    script = f"curl() {{ printf '%s\\n' \"$@\"; }}; COINGLASS_API_KEY=fake-key; {line}"
    told = subprocess.run(
        ["/bin/sh", "-c", script], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert told[:4] == ["--get", spec.provider.base_url + operation.path, "--header", "CG-API-KEY: fake-key"]
    sent = dict(pair.split("=", 1) for pair in told[5::2])
    for parameter in operation.parameters:
        if parameter.example is not None:
            assert sent.pop(parameter.name) == parameter.example
        elif parameter.example_ago is not None:
            assert len(sent.pop(parameter.name)) == (13 if parameter.time == "ms" else 10)
    assert sent == {}


def test_words_of_a_description_cannot_reach_the_terminal_or_the_shell(small: Path) -> None:
    group = small / "groups/sea-levels.yaml"
    text = group.read_text().replace("summary: Storms now", 'summary: "a\\e[31mb\\u202ec"')
    group.write_text(text.replace("example: ESB1", 'example: "$(rm -rf ~)\';x"'))
    description = load(small)
    shown = show(description, description.operation("sea_storms"))
    assert "a [31mb c" in shown
    assert shown.replace("\n", "").isprintable()
    line = show(description, description.operation("sea_level_history")).partition("Try it\n")[2]
    assert "gauge=$(rm -rf ~)';x" in shlex.split(line.replace("\\\n", ""))
    assert '"$TIDES_KEY"' in line


def test_the_overview_names_the_cheapest_plan_and_where_it_begins(spec: Spec) -> None:
    text = overview(spec.operations.values())
    rows = [line.split() for line in text.splitlines() if line]
    assert rows[:2] == [["account"], ["user_account_subscription", "hobbyist"]]
    assert ["futures_open_interest_history", "hobbyist", "from", "4h"] in rows
    assert ["futures_liquidation_max_pain", "professional"] in rows
    assert sum(line.startswith("  ") for line in text.splitlines()) == 158
    assert max(map(len, text.splitlines())) <= 80
    assert overview([]) == ""


@pytest.mark.parametrize(
    ("length", "text"), [(1, "1s"), (90, "90s"), (60, "1m"), (5400, "90m"), (7 * DAY, "7d")]
)
def test_spans_are_written_short_and_exact(length: int, text: str) -> None:
    assert span(length) == text


def test_list_filters_by_name_and_plan() -> None:
    done = run_here(
        "spec", "list", "--format", "json", "--only", "futures_liquidation_*", "--plan", "Startup"
    )
    names = [entry["operation"] for entry in json.loads(done.out)["operations"]]
    assert (done.code, done.err) == (0, "")
    assert "futures_liquidation_coin_list" in names
    assert "futures_liquidation_max_pain" not in names
    assert all(name.startswith("futures_liquidation_") for name in names)
    text = run_here("spec", "list", "--only", "futures_open_interest_history", "--plan", "startup")
    assert text.out.splitlines()[1].split() == ["futures_open_interest_history", "hobbyist", "from", "30m"]
    none = run_here("spec", "list", "--only", "futures_liquidation_max_pain", "--plan", "hobbyist")
    assert (none.code, none.out) == (0, "hobbyist may call none of them\n")


@pytest.mark.parametrize(
    "asked",
    ["option_info", "/api/option/info", "option/info", "https://x.example/API/option/info?symbol=BTC"],
)
def test_show_takes_a_name_or_a_path(asked: str) -> None:
    done = run_here("spec", "show", asked)
    assert done.code == 0
    assert done.out.startswith("option_info\nGET /api/option/info\n")


def test_lookup_tells_replacement_certainty_note_and_plan() -> None:
    done = run_here(
        "spec", "lookup", "https://open-api-v3.coinglass.com/api/futures/liquidation/v2/exLiqMap?x=1"
    )
    assert done.code == 0
    assert done.out.splitlines() == [
        "/api/futures/liquidation/v2/exliqmap",
        "an address of v3, which takes the key in the header CG-API-KEY",
        "",
        "v3: /api/futures/liquidation/v2/exLiqMap",
        "  replaced by  /api/futures/liquidation/aggregated-map",
        "  confidence   same-resource (the same by name, description and parameters)",
        "  note         one map over all exchanges, where v3 gave one for each",
        "  operation    futures_liquidation_aggregated_map",
        "  plan         professional and dearer",
    ]


def test_lookup_says_the_same_once() -> None:
    done = run_here("spec", "lookup", "/api/futures/openInterest/ohlc-history")
    assert "circulating: the same" in done.out.splitlines()
    nothing = run_here("spec", "lookup", "/advanced/market/sentiment")
    assert "  replaced by  nothing" in nothing.out
    never = run_here("spec", "lookup", "/api/futures/basis")
    assert "never existed: /api/futures/basis" in never.out
    assert "/api/futures/basis/history" in never.out
    export = run_here("spec", "lookup", "/api/calendar/financial-events")
    assert "not documented: /api/calendar/financial-events" in export.out


def test_lint_ends_with_0_when_clean_and_1_with_problems(small: Path) -> None:
    clean = run_here("spec", "lint", "--spec", str(small))
    assert (clean.code, clean.out, clean.err) == (0, "small: clean\n", "")
    plans = small / "plans.yaml"
    plans.write_text(plans.read_text().replace("requests_per_minute: 60", "requests_per_minute: 6"))
    found = run_here("spec", "lint", "--spec", str(small))
    assert found.code == 1
    assert found.out.splitlines() == [
        (
            "plans.yaml: crew/requests_per_minute: expected more than the plan below; crew has 6, deck 10; "
            "list plans cheapest first; leave the last ones null where nothing is published"
        ),
        "small: 1 problem",
    ]
    as_json = run_here("spec", "lint", "--spec", str(small), "--format", "json")
    assert as_json.code == 1
    (problem,) = json.loads(as_json.out)["problems"]
    assert sorted(problem) == ["file", "message", "place", "remedy"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("show", "option_inf"), "unknown operation 'option_inf'; did you mean option_info"),
        (("show", "/api/futures/openInterest/ohlc-history"), "`spec lookup` knows earlier ones"),
        (("list", "--plan", "standart"), "did you mean standard"),
        (("list", "--only", "nothing_*"), "no operation matches 'nothing_*'"),
        (
            ("lookup", "/api/futures/openinterst/ohlc-histroy"),
            "nearest: /api/futures/openInterest/ohlc-history",
        ),
        (("lookup", ""), "an empty path"),
        (("lookup",), "Missing argument 'LEGACY_PATH'"),
        (("lint", "--format", "xml"), "'xml' is not one of 'text', 'json'"),
        (("lint", "--spec", "/nonexistent"), "/nonexistent: no openapi.yaml in it"),
        (("show", "option_info", "--spec", "/nonexistent"), "/nonexistent: no openapi.yaml in it"),
    ],
)
def test_wrong_use_is_one_line_and_2(arguments: tuple[str, ...], words: str) -> None:
    done = run_here("spec", *arguments)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert done.err.startswith("error: ")
    assert done.err.count("\n") == 1
