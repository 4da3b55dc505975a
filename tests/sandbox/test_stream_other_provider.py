"""Channels of a provider of another make are served from its description alone."""

from __future__ import annotations

import asyncio
import json
from itertools import pairwise

import jsonschema_rs
import pytest
from websockets.asyncio.client import connect

from audit.client.virtual_time import run_virtual
from audit.sandbox.app import Sandbox
from audit.spec.catalog import load
from tests.sandbox import test_other_provider as other
from tests.sandbox.asgi import NOW

CHANNELS = """
asyncapi: 3.0.0
info: {title: Tides as they turn, version: "1", description: Water.}
defaultContentType: application/json
servers:
  sea: {host: tides.example, protocol: wss, pathname: /sea/live, description: The sea.,
    security: [{$ref: "#/components/securitySchemes/token"}]}
channels:
  line:
    address: null
    title: The line
    description: What is said.
    messages:
      listen: {title: Listen, payload: {type: object}, x-role: subscribe,
        x-form: {do: listen, to: ["{channel}"], v: 2}}
      leave: {title: Leave, payload: {type: object}, x-role: unsubscribe,
        x-form: {do: leave, to: ["{channel}"], v: 2}}
      pay: {title: Pay, contentType: text/plain, payload: {type: string}, x-role: refusal,
        x-form: "pay for {channel}!", x-words: ["pay for"], x-verdict: plan_gated}
  tide_turns:
    address: "turns/{place}/{spot}/{mood}/{metres}"
    title: Turns
    description: Each turn.
    parameters:
      place: {description: Bank., examples: [Upper], x-role: exchange}
      spot: {description: Gauge., examples: [NILE1], x-role: pair}
      mood: {description: Mood., enum: [high, low], examples: [high]}
      metres: {description: Least height., examples: ["3"], x-unit: count}
    messages: {turns: {$ref: "#/components/messages/Turns"}}
    x-plan: ship
    x-first-message: 2m
  tide_bells:
    address: bells
    title: Bells
    description: Each bell, one at a time, told to the second.
    messages: {bells: {$ref: "#/components/messages/Bells"}}
    x-plan: boat
    x-first-message: 2m
operations:
  listen: {action: send, summary: Listen., channel: {$ref: "#/channels/line"},
    messages: [{$ref: "#/channels/line/messages/listen"}]}
components:
  securitySchemes: {token: {type: httpApiKey, in: query, name: tide, description: The token.}}
  messages:
    Turns:
      title: Turns
      payload:
        type: object
        required: [about, turns, v]
        properties:
          about: {type: string, description: Name.}
          v: {type: integer, const: 2, description: Version.}
          turns: {type: array, description: Rows., items: {type: array, description: Row., prefixItems: [
            {type: integer, x-time: ns, description: When.},
            {type: string, examples: [NILE1], description: Gauge.},
            {type: string, examples: [NILE], description: River.},
            {type: string, enum: [high, low], description: Mood.},
            {type: string, format: decimal, x-unit: count, examples: ["4.20"], description: Height.},
            {type: object, description: Wind., properties: {from: {type: string, enum: [N, S]}}}]}}
      x-role: push
      x-fields: {channel: about, data: turns}
    Bells:
      title: A bell
      payload:
        type: object
        required: [what, bell]
        properties:
          what: {type: string, description: Name.}
          bell: {type: object, description: Bell., required: [at, strokes], properties: {
            at: {type: integer, x-time: s, description: When.},
            strokes: {type: integer, minimum: 1, maximum: 8, examples: [4], description: Strokes.}}}
      x-role: push
      x-fields: {channel: what, data: bell}
"""


@pytest.fixture
def tides(tmp_path):
    for name, text in [
        ("openapi.yaml", other.OPENAPI),
        ("plans.yaml", other.PLANS),
        ("refusals.yaml", other.REFUSALS),
        ("group.yaml", other.GROUP),
        ("channels.yaml", CHANNELS),
    ]:
        (tmp_path / name).write_text(text, encoding="utf-8")
    return load(tmp_path)


def listen(tides, plan, *names, seconds=60.0, faults=()):
    """Return all that comes within so many seconds of asking for some names."""

    async def run():
        loop = asyncio.get_running_loop()
        app = Sandbox(tides, now=lambda: NOW + loop.time(), faults=faults)
        url = f"ws://tides.invalid/sea/live?tide=play-{plan}-key"
        messages = []
        async with await connect(url, sock=await app.dial(), ping_interval=None) as line:
            await line.send(json.dumps({"do": "listen", "to": names, "v": 2}))
            try:
                async with asyncio.timeout(seconds):
                    while True:
                        messages.append(await line.recv())
            except TimeoutError:
                return messages

    return run_virtual(run())


def test_plans_and_forms(tides):
    name = "turns/Upper/OHIO1/low/5"
    assert listen(tides, "boat", name) == [f"pay for {name}!"]
    assert len(listen(tides, "ship", name)) > 10
    for wrong in ("turns/Upper/OHIO1/sad/5", "turns/Upper/NOPE/low/5", "turns/Upper/OHIO1/low/five", "bell"):
        assert listen(tides, "ship", wrong) == [], wrong


def test_rows_of_a_list(tides):
    name = "turns/Upper/OHIO1/low/5"
    messages = [json.loads(text) for text in listen(tides, "ship", name, seconds=300)]
    schema = jsonschema_rs.Draft202012Validator(dict(tides.stream.channels["tide_turns"].schema))
    assert all(schema.is_valid(message) and message["about"] == name for message in messages)
    rows = [row for message in messages for row in message["turns"]]
    assert {(gauge, river) for _, gauge, river, *_ in rows} == {("OHIO1", "OHIO")}
    times = [row[0] for row in rows]
    assert all(earlier < later for earlier, later in pairwise(times))
    assert NOW * 10**9 - 10**9 < times[0] < times[-1] < (NOW + 300) * 10**9
    heights = [float(row[4]) for row in rows]
    assert min(heights) >= 5
    assert max(heights) > 10


@pytest.mark.parametrize(("least", "lowest"), [("0.5", 0.5), ("5", 5.0), ("0", 1.0), ("-3", 1.0)])
def test_a_least_value_of_any_size(tides, least, lowest):
    messages = listen(tides, "ship", f"turns/Upper/OHIO1/low/{least}", seconds=300)
    heights = [float(row[4]) for text in messages for row in json.loads(text)["turns"]]
    assert lowest <= min(heights) < lowest * 1.1


def test_one_row_a_message_and_one_a_second(tides):
    """Told to the second, two rows of one second could not be told apart."""
    messages = [json.loads(text) for text in listen(tides, "boat", "bells", seconds=300)]
    schema = jsonschema_rs.Draft202012Validator(dict(tides.stream.channels["tide_bells"].schema))
    assert all(schema.is_valid(message) and message["what"] == "bells" for message in messages)
    times = [message["bell"]["at"] for message in messages]
    assert len(times) > 200
    assert all(earlier < later for earlier, later in pairwise(times))


def test_without_a_heartbeat_a_connection_is_never_idle(tides):
    last = json.loads(listen(tides, "boat", "bells", seconds=3000)[-1])
    assert last["bell"]["at"] > NOW + 2900


def test_faults(tides):
    assert json.loads(listen(tides, "boat", "bells", faults=["ws-other-channel:tide_bells"])[0])["about"]
    assert listen(tides, "ship", "bells", faults=["ws-refuse"]) == ["pay for bells!"]
    [first, *_] = listen(tides, "boat", "bells", faults=["ws-seconds", "ws-missing-field"])
    assert set(json.loads(first)["bell"]) == {"at"}
