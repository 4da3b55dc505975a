"""When a fault of a channel strikes, and which cannot."""

from __future__ import annotations

import pytest
from websockets.exceptions import InvalidStatus

from audit.errors import UsageError
from audit.sandbox.app import Sandbox
from tests.sandbox.asgi import ask
from tests.sandbox.lines import LIQUIDATIONS, asking, heard, on_stage


@pytest.fixture
def stage(spec):
    return lambda play, *faults, **options: on_stage(spec, play, *faults, **options)


def test_a_fault_strikes_as_often_as_it_is_told(stage):
    async def play(stage):
        statuses = []
        for _ in range(4):
            try:
                await (await stage.connect()).close()
                statuses.append(101)
            except InvalidStatus as error:
                statuses.append(error.response.status_code)
        return statuses

    assert stage(play, "ws-handshake-429x2") == [429, 429, 101, 101]
    assert stage(play, "ws-handshake-500x1", "ws-handshake-404x1") == [500, 404, 101, 101]


def test_chance_is_reproducible(stage):
    async def play(stage):
        async with await stage.connect() as line:
            await line.send(asking("subscribe", LIQUIDATIONS))
            return [text == "upstream temporarily unavailable" for text in await heard(line, 50)]

    struck = stage(play, "ws-text@0.3")
    assert 0.1 < sum(struck) / len(struck) < 0.5
    assert struck == stage(play, "ws-text@0.3")
    assert struck != stage(play, "ws-text@0.3", seed=1)


def test_requests_and_channels_have_their_own_faults(spec):
    app = Sandbox(spec, faults=["ws-text", "ws-handshake-404", "ws-extra-field"])
    assert ask(app, "/api/futures/supported-coins", key="sandbox-standard").body["code"] == "0"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("ws-txt", "unknown fault 'ws-txt'; did you mean ws-text"),
        ("ws-text:futures_trade", "unknown channel 'futures_trade'; did you mean futures_trades?"),
        ("ws-text:spot_*", "fault ws-text: no channel matches 'spot_*'"),
        ("ws-text:futures_open_interest_history", "unknown channel 'futures_open_interest_history'"),
        ("rate:liquidationOrders", "unknown operation 'liquidationOrders'"),
        ("ws-handshake-404:futures_*", "strikes connections, which are for all channels; leave out"),
        ("ws-text@2", "the probability '2' is not between 0 and 1"),
    ],
)
def test_faults_that_cannot_strike(spec, fault, words):
    with pytest.raises(UsageError) as caught:
        Sandbox(spec, faults=[fault])
    assert words in str(caught.value)
