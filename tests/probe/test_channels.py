"""Channels against a server that says literally what is known of the live API, not what the sandbox would."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from audit.client.secret import PLACEHOLDER
from audit.model import Verdict
from audit.probe.symbols import Wish
from audit.sandbox.stream_line import Cut, Line, Silence
from audit.spec.catalog import Spec
from tests.probe.listening import KEY, LIQUIDATIONS, TRADES, Listened, Says, declined, listen, to

SUBSCRIBE = '{"method":"subscribe","channels":["liquidationOrders"]}'
UNSUBSCRIBE = '{"method":"unsubscribe","channels":["liquidationOrders"]}'
BEGAN_MS = 1_760_000_000_000


def row(second: float, **other: Any) -> dict[str, Any]:
    given = {"baseAsset": "BTC", "exName": "Binance", "price": 56738.0, "side": 2, "symbol": "BTCUSDT"}
    return {**given, "time": BEGAN_MS + int(second * 1000), "volUsd": 3858.184, **other}


def push(second: float, channel: str = LIQUIDATIONS) -> str:
    return json.dumps({"channel": channel, "data": [row(second)]})


class Live(Says):
    """The documented behaviour: one message after so many seconds, until the client wants no more."""

    def __init__(self, every: float = 1.0, begin: float = 0.0) -> None:
        super().__init__()
        self.every, self.begin = every, begin
        self.pushing: asyncio.Task[None] | None = None

    def received(self, message: str | bytes) -> None:
        super().received(message)
        if message == SUBSCRIBE:
            self.pushing = asyncio.create_task(self.push())
        elif message == UNSUBSCRIBE:
            self.closed()

    def closed(self) -> None:
        if self.pushing is not None:
            self.pushing.cancel()

    async def push(self) -> None:
        await asyncio.sleep(self.begin)
        while True:
            await asyncio.sleep(self.every)
            self.line.send(push(asyncio.get_running_loop().time()))


def test_a_channel_as_documented(spec: Spec) -> None:
    first, second = Live(), Live()
    seen = listen(spec, to(first, second))

    assert seen.observation.verdict is Verdict.AVAILABLE
    assert seen.findings == ()
    observation, facts = seen.observation, seen.facts
    assert (observation.method, observation.path, observation.operation) == ("SUBSCRIBE", *[LIQUIDATIONS] * 2)
    assert (observation.http_status, observation.attempts, observation.latency_ms) == (101, 1, 1000.0)
    assert first.asked == [f"/ws-api?cg-api-key={KEY}"]
    assert first.heard == [SUBSCRIBE, "ping", "ping"]
    assert second.heard[0] == SUBSCRIBE
    assert UNSUBSCRIBE in second.heard
    assert (facts.pings, facts.pongs, facts.first_seconds) == (2, 2, 1.0)
    assert facts.gap_seconds == pytest.approx(1.0)  # the last one came with the second heartbeat
    assert facts.unsubscribed is True
    assert facts.messages == facts.rows == observation.rows == 41
    assert seen.seconds < 60


def test_it_says_what_it_does_and_what_passes(spec: Spec) -> None:
    seen = listen(spec, to(Live()))

    assert seen.steps == ["first message", "heartbeat", "coming back after a drop", "end of the subscription"]
    assert [(direction, what) for _, direction, what in seen.tapped[:2]] == [
        ("opened", None),
        ("sent", SUBSCRIBE),
    ]
    assert [direction for _, direction, _ in seen.tapped].count("dropped") == 2
    moments = [moment for moment, _, _ in seen.tapped]
    assert moments == sorted(moments)
    assert KEY not in str(seen.tapped)


def test_the_refusal_is_plain_text_on_an_open_connection(spec: Spec) -> None:
    says = Says(after={SUBSCRIBE: [(0.1, "liquidationOrders need upgrade plan")]})
    seen = listen(spec, to(says), plan="hobbyist")

    assert seen.observation.verdict is seen.observation.expected is Verdict.PLAN_GATED
    assert seen.observation.message == "liquidationOrders need upgrade plan"
    assert seen.findings == ()
    assert seen.seconds < 1
    assert says.heard == [SUBSCRIBE]  # it ends there


def test_a_refusal_that_is_not_promised_is_an_error(spec: Spec) -> None:
    seen = listen(spec, to(Says(after={SUBSCRIBE: [(0.1, "liquidationOrders need upgrade plan")]})))

    assert seen.observation.verdict is Verdict.PLAN_GATED
    assert seen.rules == {"error plan-mismatch"}


def test_silence_is_never_a_pass(spec: Spec) -> None:
    seen = listen(spec, to(Says()))

    assert seen.observation.verdict is Verdict.EMPTY
    assert seen.rules == {"error plan-mismatch"}
    assert 60 <= seen.seconds <= 62
    assert (seen.facts.first_seconds, seen.facts.pings, seen.facts.pongs) == (None, 2, 2)


def test_silence_where_a_refusal_is_promised_is_no_data(spec: Spec) -> None:
    seen = listen(spec, to(Says()), plan="hobbyist")

    assert seen.observation.verdict is Verdict.EMPTY
    assert seen.observation.expected is Verdict.PLAN_GATED


@pytest.mark.parametrize(
    ("says", "verdict", "status", "attempts"),
    [
        (declined(404, b'{"code":"404","msg":"Endpoint not found."}'), Verdict.NOT_FOUND, 404, 1),
        (declined(404), Verdict.NOT_FOUND, 404, 1),
        (declined(401), Verdict.UNAUTHORIZED, 401, 1),
        (declined(401, b'{"code":"400","msg":"Invalid API key provided"}'), Verdict.UNAUTHORIZED, 401, 1),
        (declined(403, b'{"code":"403","msg":"Forbidden"}'), Verdict.UNAUTHORIZED, 403, 1),
        (declined(403, b"<html><title>Attention</title>"), Verdict.SERVER_ERROR, 403, 3),
        (declined(429, b'{"code":"429","msg":"Too many requests"}'), Verdict.RATE_LIMITED, 429, 3),
        (declined(429, b"", ("Retry-After", "7")), Verdict.RATE_LIMITED, 429, 3),
        (declined(502, b"<html>"), Verdict.SERVER_ERROR, 502, 3),
        (declined(302, b"", ("Location", "https://elsewhere.invalid")), Verdict.SERVER_ERROR, 302, 1),
        (declined(200, b"<html>welcome"), Verdict.UNREADABLE, 200, 1),
        (declined(200, b'{"code":"0","data":[]}'), Verdict.UNREADABLE, 200, 1),
        (declined(200, b'{"code":"401","msg":"Upgrade plan"}'), Verdict.PLAN_GATED, 200, 1),
        (Says(refuses=Silence()), Verdict.UNREACHABLE, None, 3),
        (Says(refuses=Cut()), Verdict.UNREACHABLE, None, 3),
    ],
    ids=lambda value: str(value.refuses)[:30] if isinstance(value, Says) else "",
)
def test_a_handshake_that_fails_is_read_as_an_answer(
    spec: Spec, says: Says, verdict: Verdict, status: int | None, attempts: int
) -> None:
    seen = listen(spec, to(says))

    observation = seen.observation
    assert (observation.verdict, observation.http_status, observation.attempts) == (verdict, status, attempts)
    assert seen.seconds < 100
    assert says.heard == []


def test_the_server_is_left_alone_for_as_long_as_it_asks(spec: Spec) -> None:
    says = declined(429, b"", ("Retry-After", "20"))
    assert listen(spec, to(says)).seconds >= 40
    assert listen(spec, to(declined(429, b"", ("Retry-After", "86400")))).seconds < 200


def broken(line: Line) -> None:
    line.reset()


@pytest.mark.parametrize(
    ("what", "verdict", "words"),
    [
        ("Invalid API key provided", Verdict.UNAUTHORIZED, "Invalid API key"),
        ('{"code":"401","msg":"API key missing."}', Verdict.UNAUTHORIZED, "API key missing."),
        ('{"code":"401","msg":"Upgrade plan"}', Verdict.PLAN_GATED, "Upgrade plan"),
        ('{"code":429,"msg":"Too many requests"}', Verdict.RATE_LIMITED, "Too many requests"),
        ('{"code":"401","msg":"Upgrade plan","data":null}', Verdict.PLAN_GATED, "Upgrade plan"),
        ("<html>please upgrade plan</html>", Verdict.UNREADABLE, "<html>"),
        ("try again later", Verdict.UNREADABLE, "neither JSON nor a known refusal: try again later"),
        ("<html><title>502</title>", Verdict.UNREADABLE, "<html>"),
        ("[1, 2]", Verdict.UNREADABLE, "JSON that is no object"),
        ("[" * 100_000, Verdict.UNREADABLE, "neither JSON"),
        ('{"channel": NaN}', Verdict.UNREADABLE, "neither JSON"),
        ("", Verdict.UNREADABLE, "neither JSON"),
        ("a\x1b[31mred\n", Verdict.UNREADABLE, "a [31mred"),
        (f"your key {KEY} is odd", Verdict.UNREADABLE, f"your key {PLACEHOLDER} is odd"),
        (lambda line: line.send_bytes(b"\x00\x01"), Verdict.UNREADABLE, "a binary message of 2 bytes"),
        (lambda line: line.send_bytes(b"\xff\xfe", text=True), Verdict.UNREADABLE, "not UTF-8"),
        (lambda line: line.send_raw(b"\x83\x00"), Verdict.UNREADABLE, "protocol: invalid opcode"),
        (
            lambda line: line.send_raw(b"\x81\x7f" + (64 << 20).to_bytes(8, "big")),
            Verdict.UNREADABLE,
            "larger than",
        ),
        (lambda line: line.close(1008, "Invalid API key provided"), Verdict.UNAUTHORIZED, "Invalid API key"),
        (lambda line: line.close(1011, "oops"), Verdict.UNREACHABLE, "closed with 1011: oops"),
        (lambda line: line.end(), Verdict.UNREACHABLE, "closed with 1006"),
        (broken, Verdict.UNREACHABLE, "closed with 1006"),
        (lambda line: line.hush(), Verdict.UNREACHABLE, "not even an answer to the heartbeat"),
    ],
    ids=lambda value: value[:20].strip() if isinstance(value, str) else "",
)
def test_what_comes_in_place_of_data(
    spec: Spec, what: str | Callable[[Line], None], verdict: Verdict, words: str
) -> None:
    seen = listen(spec, to(Says(after={SUBSCRIBE: [(0.5, what)]})))

    assert seen.observation.verdict is verdict
    assert words in str(seen.observation.message)
    assert len(str(seen.observation.message)) <= 300
    assert "\n" not in str(seen.observation.message)
    assert seen.seconds < 200


def test_json_that_is_not_documented_is_no_data_and_no_acknowledgement(spec: Spec) -> None:
    seen = listen(spec, to(Says(after={SUBSCRIBE: [(0.5, '{"event":"subscribed"}')]})))

    assert seen.observation.verdict is Verdict.UNREADABLE
    assert "subscribed" in str(seen.observation.message)


def test_an_acknowledgement_before_data_stands_in_nobodys_way(spec: Spec) -> None:
    says = Live()
    says.after = {SUBSCRIBE: [(0.1, '{"event":"subscribed"}'), (0.2, '{"code":"0","msg":"success"}')]}
    seen = listen(spec, to(says))

    assert seen.observation.verdict is Verdict.AVAILABLE
    assert seen.findings == ()


def test_messages_without_rows_are_no_data(spec: Spec) -> None:
    nothing = '{"channel":"liquidationOrders","data":[]}'
    seen = listen(spec, to(Says(after={SUBSCRIBE: [(1.0, nothing), (2.0, nothing)]})))

    assert seen.observation.verdict is Verdict.EMPTY
    assert (seen.facts.messages, seen.facts.rows, seen.observation.rows) == (2, 0, 0)


def test_what_is_strange_after_data_still_counts(spec: Spec) -> None:
    says = Live()
    says.after = {SUBSCRIBE: [(10.5, "maintenance in five minutes")]}
    seen = listen(spec, to(says))

    assert seen.observation.verdict is Verdict.UNREADABLE
    assert seen.facts.messages == 10


def test_a_line_that_breaks_once_is_opened_anew(spec: Spec) -> None:
    breaks = Says(after={SUBSCRIBE: [(0.5, lambda line: line.close(1012, "restart"))]})
    seen = listen(spec, to(breaks, Live()))

    assert seen.observation.verdict is Verdict.AVAILABLE
    assert seen.observation.attempts == 2
    assert seen.findings == ()


def test_a_line_that_breaks_again_and_again_is_given_up(spec: Spec) -> None:
    breaks = Says(after={SUBSCRIBE: [(0.5, push(0.5)), (1.0, lambda line: line.close(1012, "restart"))]})
    seen = listen(spec, to(breaks))

    assert seen.observation.verdict is Verdict.UNREACHABLE
    assert seen.observation.attempts == 3
    assert breaks.heard == [SUBSCRIBE] * 3


def test_a_line_that_falls_silent_is_noticed_by_its_heartbeat(spec: Spec) -> None:
    silent = Says(after={SUBSCRIBE: [(0.5, push(0.5)), (1.0, lambda line: line.hush())]})
    seen = listen(spec, to(silent, Live()))

    assert seen.observation.verdict is Verdict.AVAILABLE
    assert seen.observation.attempts == 2


def test_heartbeats_without_an_answer_are_told(spec: Spec) -> None:
    says = Live()
    says.pong = None
    seen = listen(spec, to(says))

    assert seen.observation.verdict is Verdict.AVAILABLE
    assert seen.facts.pongs == 0
    assert seen.facts.pings >= 2
    assert "error server-fault" in seen.rules


def test_a_heartbeat_is_sent_however_much_comes(spec: Spec) -> None:
    says = Live(every=0.003)
    seen = listen(spec, to(says, Live(every=0.003)))

    assert says.heard.count("ping") == 2
    assert seen.facts.pongs == 2
    assert seen.facts.messages > 12_000


def test_a_provider_without_heartbeat_is_sent_none(spec: Spec) -> None:
    says = Live()
    seen = listen(spec, to(says), heartbeat=False)

    assert seen.observation.verdict is Verdict.AVAILABLE
    assert seen.findings == ()
    assert "ping" not in says.heard
    assert (seen.facts.pings, seen.facts.pongs, seen.facts.unsubscribed) == (0, 0, True)


def test_a_refusal_after_the_drop_is_told_with_where_it_came(spec: Spec) -> None:
    refuses = Says(after={SUBSCRIBE: [(0.1, "liquidationOrders need upgrade plan")]})
    seen = listen(spec, to(Live(), refuses))

    assert seen.observation.verdict is Verdict.PLAN_GATED
    assert str(seen.observation.message).startswith("after a drop: ")
    assert seen.facts.gap_seconds is None


def test_never_resuming_after_the_drop_is_no_pass(spec: Spec) -> None:
    seen = listen(spec, to(Live(), Says()))

    assert seen.observation.verdict is Verdict.EMPTY
    assert "subscribing anew after a drop" in str(seen.observation.message)
    assert any(rule.startswith("error") for rule in seen.rules)


def test_the_gap_is_the_time_without_a_message(spec: Spec) -> None:
    seen = listen(spec, to(Live(), Live(begin=12.0)))

    assert seen.facts.gap_seconds == pytest.approx(13.0)


@pytest.mark.parametrize(("every", "stopped"), [(1.0, True), (6.0, True), (19.0, None)])
def test_silence_after_the_end_proves_something_where_much_was_heard(
    spec: Spec, every: float, stopped: bool | None
) -> None:
    assert listen(spec, to(Live(every=every))).facts.unsubscribed is stopped


class Deaf(Live):
    """Goes on whatever the client says."""

    def received(self, message: str | bytes) -> None:
        if message != UNSUBSCRIBE:
            super().received(message)


def test_going_on_after_the_end_is_told(spec: Spec) -> None:
    seen = listen(spec, to(Deaf()))

    assert seen.facts.unsubscribed is False
    assert "warning server-fault" in seen.rules


def test_a_server_may_hang_up_on_who_wants_nothing(spec: Spec) -> None:
    says = Live()
    says.after = {UNSUBSCRIBE: [(0.1, lambda line: line.close(1000, "bye"))]}
    seen = listen(spec, to(says))

    assert seen.observation.verdict is Verdict.AVAILABLE
    assert seen.findings == ()


LISTED = {
    "futures_supported_exchange_pairs": {"OKX": {"ETH-USDT-SWAP": "ETH"}, "Binance": {"BTCUSDT": "BTC"}}
}


class TestNames:
    def heard(self, spec: Spec, tables: Any, wish: Wish) -> tuple[Listened, Says]:
        says = Says()
        return listen(spec, to(says), channel=TRADES, tables=tables, wish=wish), says

    def test_the_example_stands_unless_something_is_wished_for(self, spec: Spec) -> None:
        seen, says = self.heard(spec, {}, Wish())
        assert seen.observation.path == "futures_trades@Binance_BTCUSDT@10000"
        assert seen.observation.params == {"exchange": "Binance", "symbol": "BTCUSDT", "minVol": "10000"}
        assert says.heard[0] == '{"method":"subscribe","channels":["futures_trades@Binance_BTCUSDT@10000"]}'

    def test_a_coin_becomes_the_pair_of_the_exchange(self, spec: Spec) -> None:
        seen, _ = self.heard(spec, LISTED, Wish(symbol="ETH", exchange="OKX"))
        assert seen.observation.path == "futures_trades@OKX_ETH-USDT-SWAP@10000"

    def test_what_is_not_listed_is_not_subscribed_to(self, spec: Spec) -> None:
        seen, says = self.heard(spec, LISTED, Wish(symbol="ETHUSDT", exchange="Kraken"))
        assert seen.observation.verdict is Verdict.BAD_REQUEST
        assert seen.observation.attempts == 0
        assert "'Kraken' is not listed" in str(seen.observation.message)
        assert says.asked == says.heard == []
