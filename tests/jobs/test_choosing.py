"""Which operations and channels a run asks, and where the channels are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from audit.client.secret import Secret
from audit.errors import UsageError
from audit.jobs.choosing import choose
from audit.jobs.settings import Settings, aim
from audit.spec.catalog import Spec, load

KEY = "plainly-fake-key-0123456789"
ACCOUNT = "user_account_subscription"
INTEREST = "futures_open_interest_history"
LIST = "futures_supported_exchange_pairs"
LIVE = "wss://open-ws.coinglass.com/ws-api"
BOTH = ("futures_trades", "liquidationOrders")


def chosen(
    spec: Spec, key: str | None = None, **options: Any
) -> tuple[list[str], tuple[str, ...], str | None]:
    settings = Settings(**options)
    picked = choose(spec, settings, aim(settings, spec, Secret(key) if key else None))
    return (
        [operation.id for operation in picked.operations],
        tuple(channel.id for channel in picked.channels),
        picked.ws_url,
    )


@pytest.mark.parametrize(
    ("channels", "only", "operations", "asked"),
    [
        (None, (), None, ()),
        (False, (), None, ()),
        (True, (), None, BOTH),
        (None, (INTEREST,), [ACCOUNT, INTEREST], ()),
        (True, (INTEREST,), [ACCOUNT, INTEREST], ()),
        (None, ("liquidationOrders",), [ACCOUNT], ("liquidationOrders",)),
        (True, ("liquidationOrders",), [ACCOUNT], ("liquidationOrders",)),
        (None, ("liquidation*", INTEREST), [ACCOUNT, INTEREST], ("liquidationOrders",)),
        (None, ("futures_open_interest_hist*",), [ACCOUNT, INTEREST], ()),
        # How its pair is spelled is looked up as for a request.
        (None, ("futures_trades",), [ACCOUNT, LIST], ("futures_trades",)),
        (True, ("futures_supported_exchange_p*", "futures_t*s"), [ACCOUNT, LIST], ("futures_trades",)),
    ],
)
def test_patterns_choose_operations_and_channels(
    spec: Spec,
    channels: bool | None,
    only: tuple[str, ...],
    operations: list[str] | None,
    asked: tuple[str, ...],
) -> None:
    found, listened, url = chosen(spec, channels=channels, only=only)

    assert sorted(found) == sorted(operations or spec.operations)
    assert tuple(sorted(listened)) == asked
    assert (url is not None) is bool(asked)


def test_a_pattern_that_fits_both_takes_channels_only_where_they_are_wanted(spec: Spec) -> None:
    assert chosen(spec, only=("futures_*",))[1] == ()
    assert chosen(spec, only=("futures_*",), channels=True)[1] == ("futures_trades",)


@pytest.mark.parametrize(
    ("only", "channels", "words"),
    [
        (
            "liquidationOrder",
            None,
            "unknown operation or channel 'liquidationOrder'; did you mean liquidationOrders",
        ),
        ("futures_open_interest_histor", True, "futures_open_interest_history"),
        (
            "nothing_*",
            None,
            "no operation and no channel matches 'nothing_*'; `spec list` shows",
        ),
        ("liquidationOrders", False, "unknown operation 'liquidationOrders'"),
    ],
)
def test_a_wrong_name_lists_both(spec: Spec, only: str, channels: bool | None, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        chosen(spec, only=(only,), channels=channels)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("options", "url"),
    [
        ({"sandbox": True}, "ws://127.0.0.1/ws-api"),
        ({}, LIVE),
        ({"ws_url": f"{LIVE}/v2"}, f"{LIVE}/v2"),
        ({"base_url": "https://open-api-v4.coinglass.com"}, LIVE),
        ({"base_url": "http://127.0.0.1:8700"}, "ws://127.0.0.1:8700/ws-api"),
        ({"base_url": "http://[::1]:8700"}, "ws://[::1]:8700/ws-api"),
        ({"base_url": "https://mirror.example.com"}, "wss://mirror.example.com/ws-api"),
        ({"base_url": "http://127.0.0.1:8700", "ws_url": "ws://localhost:1/x"}, "ws://localhost:1/x"),
        (
            {"base_url": "http://127.0.0.1:8700", "ws_url": "wss://mirror.example.com"},
            "wss://mirror.example.com",
        ),
    ],
)
def test_channels_are_where_the_requests_go_unless_said_otherwise(
    spec: Spec, options: dict[str, Any], url: str
) -> None:
    assert chosen(spec, KEY, channels=True, **options)[2] == url


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"ws_url": "ws://127.0.0.1:1"}, "is not the live API, but https://open-api-v4.coinglass.com is it"),
        (
            {"base_url": "http://127.0.0.1:1", "ws_url": LIVE},
            "is the live API, but http://127.0.0.1:1 is not",
        ),
        ({"sandbox": True, "ws_url": "ws://127.0.0.1:1"}, "--base-url"),
        ({"ws_url": f"wss://me:{KEY}@open-ws.coinglass.com/ws-api"}, "user name or password"),
        ({"ws_url": f"{LIVE}?cg-api-key={KEY}"}, "has a query"),
        ({"ws_url": f"{LIVE}#{KEY}"}, "has a query"),
        ({"ws_url": "ws://open-ws.coinglass.com/ws-api"}, "unencrypted; use wss"),
        ({"ws_url": "https://open-ws.coinglass.com/ws-api"}, "only wss (and ws on loopback)"),
        ({"ws_url": "open-ws.coinglass.com"}, "no scheme; put wss://"),
        ({"ws_url": "wss://"}, "names no host"),
        ({"ws_url": "wss://open-ws.coinglass.com:port/"}, "cannot be read"),
    ],
)
def test_where_a_key_must_not_go_is_refused(spec: Spec, options: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        chosen(spec, KEY, channels=True, **options)
    assert words in str(caught.value)
    assert KEY not in str(caught.value)


def test_an_address_for_nothing_is_refused(spec: Spec) -> None:
    with pytest.raises(UsageError, match="add --channels, or leave it out"):
        chosen(spec, KEY, ws_url=LIVE)


def test_a_description_without_channels_asks_none() -> None:
    small = load(Path(__file__).resolve().parents[1] / "spec" / "small")

    assert small.stream is None
    assert chosen(small, channels=True, sandbox=True)[1:] == ((), None)
    with pytest.raises(UsageError, match="unknown operation 'liquidationOrders'"):
        chosen(small, only=("liquidationOrders",), sandbox=True)
