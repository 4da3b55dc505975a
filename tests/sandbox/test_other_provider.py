"""A provider of another make works from its description alone; nothing here is spelled as in the first."""

from __future__ import annotations

import io
import re
import tokenize
from pathlib import Path

import jsonschema_rs
import pytest

from audit.sandbox.app import Sandbox
from audit.spec.catalog import load
from tests.sandbox.asgi import NOW, ask

SOURCE = Path(__file__).resolve().parents[2] / "audit" / "sandbox"

OPENAPI = """
openapi: 3.1.0
info: {title: Tide tables, version: "1"}
servers: [{url: "https://tides.example"}]
components: {securitySchemes: {token: {type: apiKey, in: header, name: X-Tide-Token}}}
x-provider:
  name: tides
  path-prefix: /v9/
  key-variable: TIDES_TOKEN
  usual-plan: ship
  envelope: {code: outcome, success: "OK", messages: [words], data: payload}
  rate-limit: {limit: X-Quota, used: X-Spent, window: 1h}
  account: {operation: me, level: tier, expires: until, expired: over}
  pairs: [{operation: gauges, prefix: tide_, pair: gauge, coin: river}]
  intervals: [1h, 1d]
  sandbox-keys: {plan: "play-{plan}-key", expired: play-late, without-plan: play-nobody}
paths:
  /v9/me: {$ref: group.yaml#/me}
  /v9/gauges: {$ref: group.yaml#/gauges}
  /v9/tide/levels: {$ref: group.yaml#/levels}
  /v9/tide/table: {$ref: group.yaml#/table}
"""
PLANS = """
plans:
  - {name: boat, level: Boat, requests_per_minute: 2, interval_floor: 1d, history: {1d: 10d}}
  - {name: ship, level: Ship, requests_per_minute: 5, history: {1h: 2d, 1d: all}}
"""
REFUSALS = """
rules: [{id: any, when: {}, verdict: unreadable}]
answers:
  plan: {http: 402, code: PAY, msg: Pay more}
  interval: {http: 402, code: FINE, msg: Too fine}
  key-missing: {http: 401, code: WHO, msg: Who are you}
  key-wrong: {http: 401, code: NAY, msg: Not you}
  parameter-missing: {http: 400, code: GAP, msg: "{name} ({type}) please"}
  parameter-bad: {http: 400, code: BAD, msg: "not {name}"}
  pair: {http: 404, code: GAUGE, msg: No such gauge}
  path: {http: 404, code: PATH, msg: No such path, always: true}
  method: {http: 405, code: VERB, msg: No such verb, always: true}
  rate: {http: 429, code: CALM, msg: Calm down}
  server: {http: 500, code: WET, msg: Flooded}
"""
GROUP = """
me:
  get:
    operationId: me
    tags: [a]
    summary: Me
    x-plan: boat
    responses: {"200": {content: {application/json: {schema: {$ref: "#/wrap", properties: {payload: {
      type: object, required: [tier, until, over], properties: {
        tier: {type: string}, until: {type: integer, x-time: s}, over: {type: boolean}}}}}}}}}
gauges:
  get:
    operationId: gauges
    tags: [a]
    summary: Gauges
    x-plan: boat
    responses: {"200": {content: {application/json: {schema: {$ref: "#/wrap", properties: {payload: {
      type: object,
      properties: {Delta: {type: array, items: {type: object, properties: {
        gauge: {type: string, examples: [NILE-EAST-1]}, river: {type: string, examples: [NILE]}}}}},
      additionalProperties: {type: array, items: {type: object, properties: {
        gauge: {type: string, examples: [NILE1, OHIO1]}, river: {type: string, examples: [NILE, OHIO]}}}},
      propertyNames: {examples: [Upper, Lower]}}}}}}}}
levels:
  get:
    operationId: tide_levels
    tags: [a]
    summary: Levels
    x-plan: boat
    x-interval-floor: plan
    x-history: plan
    x-series: {times: "payload.rows[][2]", step: interval, order: descending}
    parameters:
      - {name: place, in: query, required: true, x-role: exchange, schema: {type: string}, example: Upper}
      - {name: spot, in: query, required: true, x-role: pair, schema: {type: string}, example: NILE1}
      - {name: width, in: query, required: true, x-role: interval, schema: {type: string, enum: [1h, 1d]}}
      - {name: count, in: query, x-role: limit, schema: {type: integer, maximum: 50, default: 4}}
      - {name: from, in: query, x-role: start, x-time: s, schema: {type: integer}}
    responses: {"200": {content: {application/json: {schema: {$ref: "#/wrap", properties: {payload: {
      type: object, required: [river, rows], properties: {
        river: {type: string, examples: [NILE]},
        rows: {type: array, items: {type: array, minItems: 4,
          x-ohlc: {open: 0, high: 1, low: 3}, prefixItems: [
          {type: string, format: decimal, examples: ["4.20"]}, {type: number, examples: [4.4]},
          {type: integer, x-time: ns}, {type: number, examples: [4.01]}]}}}}}}}}}}
table:
  post:
    operationId: tide_table
    tags: [a]
    summary: Table
    x-plan: ship
    responses: {"200": {content: {application/json: {schema: {$ref: "#/wrap", required: [fine], properties: {
      fine: {type: boolean}, payload: {type: array, maxItems: 2, items: {anyOf: [
        {type: object, properties: {day: {type: string, format: date}, kind: {const: 7}, wet: {type: boolean},
          mood: {enum: [high, low]}, at: {type: string, format: date-time}, n: {type: integer}}}]}}}}}}}}
wrap: {type: object, required: [outcome], properties: {outcome: {type: string}, words: {type: string}}}
"""


@pytest.fixture
def tides(tmp_path):
    for name, text in [
        ("openapi.yaml", OPENAPI),
        ("plans.yaml", PLANS),
        ("refusals.yaml", REFUSALS),
        ("group.yaml", GROUP),
    ]:
        (tmp_path / name).write_text(text, encoding="utf-8")
    return load(tmp_path)


def tide(app, path, params="", key=None, method="GET"):
    return ask(app, path, params, key, method=method, header="X-Tide-Token")


def test_gates(tides):
    app = Sandbox(tides, now=lambda: NOW, enforce_limits=False)
    levels = "/v9/tide/levels"
    asked = [
        ("/v9/none", "", None, "PATH"),
        (levels, "", None, "WHO"),
        (levels, "", "stranger", "NAY"),
        (levels, "", "play-late", "PAY"),
        (levels, "", "play-nobody", "PAY"),
        (levels, "", "play-boat-key", "GAP"),
        (levels, "place=Upper&spot=NILE&width=1h", "play-boat-key", "GAUGE"),
        (levels, "place=Delta&spot=NILE1&width=1d", "play-boat-key", "GAUGE"),
        (levels, "place=Upper&spot=NILE1&width=1h", "play-boat-key", "FINE"),
        (levels, "place=Upper&spot=NILE1&width=2h", "play-boat-key", "BAD"),
        (levels, "place=Delta&spot=NILE-EAST-1&width=1d", "play-boat-key", "OK"),
        (levels, "place=Upper&spot=OHIO1&width=1h", "play-ship-key", "OK"),
    ]
    for path, params, key, outcome in asked:
        assert tide(app, path, params, key).body["outcome"] == outcome, (path, params, key)
    assert tide(app, levels, "", "play-boat-key").body == {"outcome": "GAP", "words": "place (String) please"}
    assert tide(app, "/v9/tide/table", "", "play-boat-key", "POST").body["outcome"] == "PAY"
    assert tide(app, "/v9/tide/table", "", "play-ship-key").status == 405


def test_limit_over_an_hour(tides):
    at = [NOW // 3600 * 3600]
    app = Sandbox(tides, now=lambda: at[0])
    outcomes = [tide(app, "/v9/me", key="play-boat-key").body["outcome"] for _ in range(3)]
    assert outcomes == ["OK", "OK", "CALM"]
    at[0] += 3599
    assert tide(app, "/v9/me", key="play-boat-key").body["outcome"] == "CALM"
    at[0] += 1
    answer = tide(app, "/v9/me", key="play-boat-key")
    assert (answer.headers["x-quota"], answer.headers["x-spent"]) == ("2", "1")


def test_account(tides):
    app = Sandbox(tides, now=lambda: NOW)
    data = tide(app, "/v9/me", key="play-ship-key").body["payload"]
    assert data == {"tier": "Ship", "until": int(NOW) + 300 * 86400, "over": False}
    assert tide(app, "/v9/me", key="play-late").body["payload"]["over"] is True


def test_data(tides):
    app = Sandbox(tides, now=lambda: NOW, enforce_limits=False)
    body = tide(app, "/v9/tide/levels", "place=Upper&spot=OHIO1&width=1h&count=60", "play-ship-key").body
    operation = tides.operations["tide_levels"]
    assert jsonschema_rs.Draft202012Validator(dict(operation.schema)).is_valid(body)
    assert body["payload"]["river"] == "OHIO"
    rows = body["payload"]["rows"]
    hour = 3600 * 10**9
    newest = int(NOW) // 3600 * hour
    assert [row[2] for row in rows] == [newest - place * hour for place in range(len(rows))]
    assert len(rows) == 48, "two days of hours, of the fifty that the maximum allows"
    assert all(row[3] <= float(row[0]) <= row[1] for row in rows)
    assert all(re.fullmatch(r"\d\.\d\d", row[0]) for row in rows)


def test_post_and_odd_fields(tides):
    app = Sandbox(tides, now=lambda: NOW)
    body = tide(app, "/v9/tide/table", key="play-ship-key", method="POST").body
    assert body["fine"] is True
    assert len(body["payload"]) == 2
    row = body["payload"][0]
    assert (row["kind"], row["day"]) == (7, "2026-09-21")
    assert row["mood"] in ("high", "low")
    assert row["at"].startswith("2026-09-21T14:")
    assert type(row["n"]) is int


def test_faults(tides):
    app = Sandbox(tides, now=lambda: NOW, faults=["ohlc-broken:tide_*", "server-500:me"])
    assert tide(app, "/v9/me", key="play-boat-key").body == {"outcome": "WET", "words": "Flooded"}
    rows = tide(app, "/v9/tide/levels", "place=Upper&spot=NILE1&width=1d", "play-boat-key").body["payload"]
    assert sum(row[1] < row[3] for row in rows["rows"]) == 1


def test_no_file_names_the_first_provider(spec):
    """Neither its name, host, headers, keys, fields nor refusals stand in any line of Python."""
    provider = spec.provider
    words = {
        provider.name,
        provider.key_header,
        provider.key_variable,
        provider.rate_limit.limit,
        provider.rate_limit.used,
        provider.base_url.split("//")[1],
        "binance",
        "usdt",
        "open_interest",
        "instrument_id",
        "base_asset",
        "expire_time",
        "upgrade plan",
        "time_list",
        "data_map",
        *(operation.path for operation in spec.operations.values()),
    }
    for file in SOURCE.glob("*.py"):
        for token in tokenize.generate_tokens(io.StringIO(file.read_text(encoding="utf-8")).readline):
            text = token.string.lower()
            doc = token.type == tokenize.COMMENT or text.startswith(('"""', "'''"))
            found = [] if doc else [word for word in words if word.lower() in text]
            assert found == [], f"{file.name}:{token.start[0]}"
