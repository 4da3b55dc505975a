"""What a scan says of programs that connect to the stream; nothing of it may be this provider's alone."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from audit.checks import CODE_CHECKS
from audit.checks.observed import Observed
from audit.checks.reliance import Reliance
from audit.jobs.judging import Known, judge
from audit.model import Finding, Verdict
from audit.scan.advise import Need, advise, needed
from audit.scan.atlas import Atlas
from audit.scan.prefilter import stems_from
from audit.scan.rewrite import apply, plan_edits
from audit.scan.source import Source, read_source
from audit.scan.streams import used
from audit.spec.catalog import Spec, default_folder, load
from audit.spec.legacy import load_legacy
from tests.support.cli import run_here

KEY = "fa4e" * 8
URL = "wss://open-ws.coinglass.com/ws-api"
ASK_ESCAPED = r"{\"method\": \"subscribe\", \"channels\": [\"liquidationOrders\"]}"
ASK = '{"method": "subscribe", "channels": ["liquidationOrders"]}'


def read(text: str, spec: Spec, name: str = "feed.py") -> Source:
    return read_source(name, text.encode(), Atlas(spec, load_legacy(spec.folder)))


def found(text: str, spec: Spec, name: str = "feed.py", plan: str = "standard") -> list[Finding]:
    reliance = Reliance(read(text, spec, name), spec, spec.ladder.get(plan))
    return [finding for check in CODE_CHECKS for finding in check(reliance)]


def rules(text: str, spec: Spec, name: str = "feed.py", plan: str = "standard") -> set[str]:
    return {finding.rule for finding in found(text, spec, name, plan)}


# Each is a whole program; what is wrong with how it keeps its connection stands beside it.
LIVES = {
    "a loop around everything": (
        "py",
        f"""
while True:
    async with websockets.connect("{URL}?cg-api-key=" + key) as ws:
        await ws.send(json.dumps({ASK}))
        await ws.send("ping")
""",
        set(),
    ),
    "no loop": (
        "py",
        f"""
async with websockets.connect("{URL}?cg-api-key=" + key) as ws:
    await ws.send(json.dumps({ASK}))
    while True:
        await ws.send("ping")
        print(await ws.recv())
""",
        {"missing-resubscribe"},
    ),
    "a loop that only connects": (
        "py",
        f"""
async def open():
    return await websockets.connect("{URL}?cg-api-key=" + key)
async def main():
    ws = await open()
    await ws.send(json.dumps({ASK}))
    while True:
        try:
            await ws.send("ping")
        except ConnectionError:
            ws = await open()
""",
        {"missing-resubscribe"},
    ),
    "a message that is kept in a constant": (
        "py",
        f"""
ASK = json.dumps({ASK})
def run():
    while True:
        ws = websocket.create_connection("{URL}?cg-api-key=" + key)
        ws.send(ASK)
        ws.send("ping")
""",
        set(),
    ),
    "somebody else's heartbeat": (
        "py",
        f"""
from ours import start_heartbeat
while True:
    ws = websocket.create_connection("{URL}?cg-api-key=" + key)
    ws.send(json.dumps({ASK}))
    start_heartbeat(ws)
""",
        set(),
    ),
    "frames of the library": (
        "py",
        f"""
while True:
    ws = websocket.create_connection("{URL}?cg-api-key=" + key)
    ws.send(json.dumps({ASK}))
    ws.ping("ping")
""",
        {"missing-heartbeat"},
    ),
    "a heartbeat as JSON": (
        "js",
        f"""
function open() {{
  const ws = new WebSocket("{URL}?cg-api-key=" + key);
  ws.onopen = () => ws.send(JSON.stringify({ASK}));
  ws.onclose = open;
  setInterval(() => ws.send(JSON.stringify({{ type: "ping" }})), 20000);
}}
""",
        {"missing-heartbeat"},
    ),
    "a handler of pings": (
        "js",
        f"""
function open() {{
  const ws = new WebSocket("{URL}?cg-api-key=" + key);
  ws.on("open", () => ws.send(JSON.stringify({ASK})));
  ws.on("ping", () => ws.pong());
  ws.on("close", () => open());
}}
""",
        {"missing-heartbeat"},
    ),
    "an arrow that comes back to itself": (
        "js",
        f"""
const open = () => {{
  const ws = new WebSocket("{URL}?cg-api-key=" + key);
  ws.onopen = () => ws.send(JSON.stringify({ASK}));
  ws.onclose = () => setTimeout(() => open(), 1000);
  setInterval(() => ws.send("ping"), 20000);
}};
open();
""",
        set(),
    ),
    "braces on lines of their own": (
        "cs",
        f"""
class Feed
{{
    async Task Run()
    {{
        while (true)
        {{
            await socket.ConnectAsync(new Uri("{URL}?cg-api-key=" + key), token);
            await Send("{ASK_ESCAPED}");
            await Send("ping");
        }}
    }}
}}
""",
        set(),
    ),
    "a class of a library's": (
        "java",
        f"""
class Feed extends WebSocketClient {{
    Feed(String key) {{ super(new URI("{URL}?cg-api-key=" + key)); }}
    public void onOpen(ServerHandshake data) {{ send("{ASK_ESCAPED}"); }}
}}
""",
        {"missing-heartbeat", "missing-resubscribe"},
    ),
    "a library that connects again": (
        "js",
        f"""
const ws = new ReconnectingWebSocket("{URL}?cg-api-key=" + key);
ws.addEventListener("open", () => ws.send(JSON.stringify({ASK})));
setInterval(() => ws.send("ping"), 20000);
""",
        set(),
    ),
    "a library that connects again, and one subscription": (
        "js",
        f"""
const ws = new ReconnectingWebSocket("{URL}?cg-api-key=" + key);
await ready(ws);
ws.send(JSON.stringify({ASK}));
setInterval(() => ws.send("ping"), 20000);
""",
        {"missing-resubscribe"},
    ),
    "a close handler whose new connection has no handlers": (
        "js",
        f"""
let ws = new WebSocket("{URL}?cg-api-key=" + key);
ws.onopen = () => ws.send(JSON.stringify({ASK}));
ws.onclose = () => {{ ws = new WebSocket("{URL}?cg-api-key=" + key); }};
setInterval(() => ws.send("ping"), 20000);
""",
        {"missing-resubscribe"},
    ),
    "nothing but an address": ("py", f'URL = "{URL}"\n', set()),
    "somebody else's client": (
        "py",
        f"from ours import Client\nClient('{URL}?cg-api-key=' + key).subscribe('liquidationOrders')\n",
        set(),
    ),
}


@pytest.mark.parametrize("case", LIVES)
def test_how_a_program_keeps_its_connection(case: str, spec: Spec) -> None:
    ending, text, wrong = LIVES[case]
    assert rules(text, spec, f"feed.{ending}") == wrong


@pytest.mark.parametrize(
    ("written", "certain"),
    [
        ("wss://open-api-v4.coinglass.com/ws", True),
        ("wss://open-api-v4.coinglass.com/ws/", True),
        ("wss://open-ws.coinglass.com/ws", True),
        ("ws://open-ws.coinglass.com/ws-api", True),
        ("https://open-ws.coinglass.com/ws-api", True),
        ("wss://open-api-v3.coinglass.com/ws", False),
        ("wss://api.coinglass.com/ws/v2", False),
        ("wss://stream.coinglass.com/ws-api", False),
    ],
)
def test_a_wrong_address_has_the_right_one_beside_it_and_is_rewritten_where_that_is_sure(
    written: str, certain: bool, spec: Spec
) -> None:
    text = f'ws = open("{written}?cg-api-key=" + key)\n'
    source = read(text, spec)
    (finding,) = found(text, spec)
    assert (finding.rule, finding.legacy, finding.replacement) == ("unknown-endpoint", written, URL)
    assert finding.certain is certain
    after = apply(source.raw, plan_edits(source, []).changes).decode()
    assert after == (text.replace(written, URL) if certain else text)
    assert found(after, spec) == ([] if certain else [finding])


@pytest.mark.parametrize(
    "text",
    [
        f"{URL}?cg-api-key=",
        f"{URL}/?cg-api-key=",
        "wss://open-ws.coinglass.com",
        "wss://stream.bybit.com/v5/public/linear",
        "wss://notcoinglass.com/ws",
        "ws://localhost:8765/ws-api?cg-api-key=",
        "https://www.coinglass.com/pro/wss",
    ],
)
def test_other_addresses_are_left_alone(text: str, spec: Spec) -> None:
    assert found(f'# CoinGlass\nws = open("{text}" + key)\n', spec) == []


@pytest.mark.parametrize("plan", ["hobbyist", "startup", "standard", "professional", "enterprise"])
def test_a_channel_above_the_plan_is_found(plan: str, spec: Spec) -> None:
    text = f'ws = open("{URL}?cg-api-key=" + key)\nws.send(json.dumps({ASK}))\n'
    assert spec.stream is not None
    allowed = spec.stream.channels["liquidationOrders"].allowed(spec.ladder, plan)
    gated = [one for one in found(text, spec, plan=plan) if one.rule == "plan-gated"]
    assert [(one.operation, one.location and one.location.line) for one in gated] == (
        [] if allowed else [("liquidationOrders", 2)]
    )


def test_the_advice_counts_channels(spec: Spec) -> None:
    text = f'ws = open("{URL}?cg-api-key=" + key)\nws.send(json.dumps({ASK}))\n'
    judged = judge(read(text, spec), spec, None, None)
    assert [(use.path, use.operation, use.status, use.min_plan) for use in judged.uses] == [
        (URL, None, "current", None),
        ("liquidationOrders", "liquidationOrders", "current", "standard"),
    ]
    advice = advise(
        spec, [Need(needed(spec, name), every, "feed.py", at) for name, every, at in judged.needs]
    )
    assert advice is not None
    assert advice.minimum_plan == "standard"
    assert [(one.operation, one.line) for one in advice.because] == [("liquidationOrders", 2)]


def test_what_a_run_saw_of_a_channel_outweighs_the_promise(spec: Spec) -> None:
    text = f'ws = open("{URL}?cg-api-key=" + key)\nws.send(json.dumps({ASK}))\n'
    for verdict, plan, gated in (
        (Verdict.PLAN_GATED, "standard", True),
        (Verdict.AVAILABLE, "startup", False),
        (Verdict.EMPTY, "startup", False),
    ):
        seen = Observed(spec.ladder.get(plan), {"liquidationOrders": verdict})
        reliance = Reliance(read(text, spec), spec, spec.ladder.get(plan), seen)
        findings = {finding.rule for check in CODE_CHECKS for finding in check(reliance)}
        assert ("plan-gated" in findings) is gated


def test_two_keys_in_a_line_are_both_shortened(spec: Spec) -> None:
    other = "5eed" * 8
    text = f'x = {{"CG-API-KEY": "{KEY}"}}; ws = open("{URL}?cg-api-key={{{other}}}")\n'
    findings = found(text, spec)
    assert [one.rule for one in findings] == ["secret", "secret"]
    assert not {KEY, other} & set(re.findall(r"\w{32}", "".join(one.model_dump_json() for one in findings)))


def test_a_file_with_a_gated_channel_says_so_from_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "feed.py").write_text(f'ws = open("{URL}?cg-api-key=" + key)\nws.send(json.dumps({ASK}))\n')
    done = run_here("scan", str(tmp_path), "--plan", "startup")
    assert done.code == 1
    assert "liquidationOrders is promised from standard on" in done.out


@pytest.mark.parametrize(
    "text",
    [
        f'ws = open("{URL}?cg-api-key={KEY}")',
        f'ws = open("{URL}?cg-api-key={{{KEY}}}")',
        f'ws = open("{URL}?cg-api-key=" + "{KEY}")',
        f'cg = "{KEY}"\nws = open(f"{URL}?cg-api-key={{cg}}")',
        f'ws = open("wss://open-api-v4.coinglass.com/ws?cg-api-key={KEY}")',
        f'ws = open("{URL}?cg-api-key={{}}".format("{KEY}"))',
        f'ws = open("{URL}?cg-api-key={{{KEY}}}"); x = 1',
    ],
)
def test_a_key_in_an_address_is_found_and_shown_nowhere(text: str, spec: Spec) -> None:
    findings = found(text, spec)
    assert [one.rule for one in findings].count("secret") == 1
    assert KEY not in "".join(one.model_dump_json() for one in findings)
    assert KEY not in "".join(use.model_dump_json() for use, _ in used(read(text, spec)))


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("liquidationOrder", "liquidationOrders"),
        ("liquidation_orders", "liquidationOrders"),
        ("futures_trades@Binance", "futures_trades@{exchange}_{symbol}@{minVol}"),
        ("spot_candles@Binance_BTCUSDT", None),
    ],
)
def test_a_channel_nobody_knows_is_told_with_the_nearest(name: str, near: str | None, spec: Spec) -> None:
    asked = ASK.replace("liquidationOrders", name)
    text = f'ws = open("{URL}?cg-api-key=" + key)\nws.send(json.dumps({asked}))\n'
    (finding,) = found(text, spec)
    assert (finding.rule, finding.legacy, finding.replacement) == ("wrong-param", name, near)
    assert not finding.certain


@pytest.mark.parametrize(
    "message",
    [
        '{"op": "subscribe", "args": ["liquidationOrders"]}',
        '{"type": "subscribe", "channel": "liquidationOrders"}',
        '{"method": "SUBSCRIBE", "params": ["liquidationOrders"], "id": 1}',
        '{"method": "subscribe", "channels": "liquidationOrders"}',
        '{"action": "unsubscribe", "channel": "liquidationOrders"}',
    ],
)
def test_another_form_is_told_with_the_right_one(message: str, spec: Spec) -> None:
    text = f'ws = open("{URL}?cg-api-key=" + key)\nws.send(json.dumps({message}))\n'
    (finding,) = found(text, spec)
    word = "unsubscribe" if "unsubscribe" in message else "subscribe"
    assert finding.rule == "wrong-param"
    assert finding.replacement == f'{{"method":"{word}","channels":["liquidationOrders"]}}'
    # The same to somebody else is theirs.
    elsewhere = text.replace(URL, "wss://ws.okx.com:8443/ws/v5/public")
    assert found(f"# CoinGlass\n{elsewhere}", spec) == []


@pytest.mark.parametrize(
    "text",
    [
        'fetch("/list", { body: JSON.stringify({ action: "subscribe", email }) });',
        'dispatch({ type: "subscribe", symbol });',
        'const reduced = { type: "subscribe", rows: [] };',
        'if (body.action === "subscribe" && body.id) rows.push(body);',
    ],
)
def test_what_is_not_sent_is_no_request(text: str, spec: Spec) -> None:
    page = f'const ws = connect("{URL}?cg-api-key=" + key);\n{text}\n'
    assert not {"wrong-param"} & rules(page, spec, "page.js")
    sent = page.replace("dispatch(", "ws.send(")
    assert ("wrong-param" in rules(sent, spec, "page.js")) is (sent != page)


def test_a_name_that_is_put_together_is_the_channel_it_may_be(spec: Spec) -> None:
    name = "f'futures_trades@{exchange}_{pair}@{least}'"
    text = f'ws = open("{URL}?cg-api-key=" + key)\nws.send(json.dumps({ASK})'.replace(
        '"liquidationOrders"', name
    )
    source = read(f"{text})\n", spec)
    assert [(use.path, channel and channel.id) for use, channel in used(source)][1:] == [
        ("futures_trades@{}_{}@{}", "futures_trades")
    ]
    (gated,) = [one for one in found(f"{text})\n", spec, plan="startup") if one.rule == "plan-gated"]
    assert not gated.certain


def test_a_description_without_channels_finds_nothing(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(default_folder(), tmp_path / "quiet"))
    (folder / "channels.yaml").unlink()
    bare = load(folder)
    for ending, text, _ in LIVES.values():
        assert rules(text, bare, f"feed.{ending}", plan="hobbyist") == set()
    assert list(used(read(f'ws = open("{URL}?cg-api-key=" + key)', bare))) == []


def test_another_description_is_all_that_another_provider_takes(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(default_folder(), tmp_path / "other"))
    legacy = folder / "legacy.yaml"
    lines = legacy.read_text().splitlines(keepends=True)
    legacy.write_text("".join(line for line in lines if not line.startswith("  websocket:")))
    channels = folder / "channels.yaml"
    text = channels.read_text()
    for old, new in (
        ("host: open-ws.coinglass.com", "host: push.example.net"),
        ("pathname: /ws-api", "pathname: /live"),
        ("cg-api-key", "pass"),
        ("method: subscribe, channels", "want: subscribe, topics"),
        ("method: unsubscribe, channels", "want: unsubscribe, topics"),
        ("x-form: ping\n", "x-form: beat\n"),
    ):
        assert old in text
        text = text.replace(old, new)
    channels.write_text(text)
    other = Known(load(folder))
    assert "push.example.net" in other.stems
    assert other.stems == stems_from(other.spec, load_legacy(folder))
    written = (
        'while True:\n    ws = websocket.create_connection("wss://push.example.net/live?pass=" + key)\n'
        '    ws.send(json.dumps({"want": "subscribe", "topics": ["liquidationOrders"]}))\n'
        '    ws.send("beat")\n'
    )
    assert rules(written, other.spec) == set()
    assert rules(written.replace("beat", "ping"), other.spec) == {"missing-heartbeat"}
    assert rules(written.replace("topics", "channels"), other.spec) == {"wrong-param"}
    assert rules(written.replace("/live", "/ws-api"), other.spec) == {"unknown-endpoint"}
    assert rules(written, other.spec, plan="startup") == {"plan-gated"}


@pytest.mark.parametrize(
    "text",
    [
        f'ws = open("{URL}")\nws.send(\'' + '{"op":' * 3000 + '"subscribe"' + "}" * 3000 + "')",
        f'ws = open("{URL}")\nws.send(\'{{"op": "subscribe", "args": ['
        + '"liquidationOrders",' * 5000
        + "1]}')",
        f'ws = open("{URL}?' + "cg-api-key=" * 5000 + '")',
        f'subscribe = "{URL}' + "/ws" * 20000 + '"',
        f'subscribe("{URL}", "' + "futures_trades@" * 3000 + '")',
        f'ws = open("{URL}")\n'
        + "while True:\n    connect()\n" * 500
        + "def connect():\n    connect()\n" * 200,
    ],
)
def test_strange_files_are_read_to_their_end(text: str, spec: Spec) -> None:
    for name in ("feed.py", "feed.js", "feed.md"):
        assert all(finding.location is not None for finding in found(text, spec, name))
