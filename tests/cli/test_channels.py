"""Channels on the command line: who asks them, what is said, and where they are when a sandbox is served."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from audit.sandbox.app import Sandbox
from audit.sandbox.server import running
from audit.spec.catalog import Spec
from tests.client.raw_server import Script, once, serving, whole
from tests.client.ws_server import BINARY, TEXT, announced, frame, opened, self_signed
from tests.support.cli import Ran, run_here

BOTH = ["futures_trades", "liquidationOrders"]
ONE = "index_fear_greed_history"
SMALL = Path(__file__).resolve().parents[1] / "spec" / "small"


@pytest.fixture(autouse=True)
def _somewhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def ask(*arguments: str, key: str | None = None) -> Ran:
    return run_here(*arguments, "--format", "json", "--history", "off", COINGLASS_API_KEY=key)


def listened(ran: Ran) -> list[str]:
    run: dict[str, Any] = json.loads(ran.out)
    return [row["operation"] for row in run["observations"] if row["method"] == "SUBSCRIBE"]


@pytest.mark.parametrize(
    ("arguments", "channels"),
    [
        (["probe", "--only", ONE], []),
        (["probe", "--only", ONE, "--channels"], []),
        (["probe", "--only", ONE, "--only", "liquidationOrders"], ["liquidationOrders"]),
        (["probe", "--only", "liquidationOrders"], ["liquidationOrders"]),
        (["probe", "--only", "*s", "--only", ONE, "--channels", "--intervals", "none"], BOTH),
        (["signoff", "--only", ONE, "--no-contract"], []),
        (["signoff", "--only", "liq*", "--no-contract"], ["liquidationOrders"]),
        (["signoff", "--only", ONE, "--only", "liq*", "--no-contract"], ["liquidationOrders"]),
        (["signoff", "--only", "futures_tr*", "--no-contract", "--no-channels"], None),
        (["signoff", "--preset", "health-check", "--no-contract"], []),
        (["signoff", "--preset", "health-check", "--no-contract", "--channels"], BOTH),
    ],
)
def test_who_asks_channels(arguments: list[str], channels: list[str] | None) -> None:
    ran = ask(*arguments)

    if channels is None:
        assert (ran.code, ran.out) == (2, "")
        assert "no operation matches 'futures_tr*'" in ran.err
        return
    assert ran.code == 0, ran.err
    assert listened(ran) == channels


def test_a_signoff_of_everything_asks_them_and_counts_them() -> None:
    ran = ask("signoff", "--plan", "hobbyist", "--no-contract", "--intervals", "none")

    run = json.loads(ran.out)
    assert ran.code == 0, run["decision"]
    assert listened(ran) == BOTH
    assert run["decision"]["reasons"][0] == "All 158 operations and 2 channels answered as promised."
    assert [facts["channel"] for facts in run["streams"]] == BOTH


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["probe", "--only", "liquidationOrder"],
            "unknown operation or channel 'liquidationOrder'; did you mean",
        ),
        (["probe", "--ws-url", "wss://stream.example.com"], "add --channels, or leave it out"),
        (["probe", "--channels", "--ws-url", "wss://stream.example.com"], "--base-url"),
        (
            ["probe", "--channels", "--base-url", "http://127.0.0.1:1", "--ws-url", "ws://h/"],
            "unencrypted; use wss",
        ),
        (
            ["probe", "--channels", "--sandbox", "--spec", str(SMALL)],
            "describes no channels; leave out --channels",
        ),
        (["probe", "--channels", "--sandbox", "--fault", "ws-mut"], "did you mean ws-mute"),
    ],
)
def test_wrong_use_is_told_in_one_line_and_before_anything_else(arguments: list[str], words: str) -> None:
    ran = ask(*arguments)

    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err
    assert ran.err.count("\n") == 1
    assert not Path("reports").exists()


def test_a_description_without_channels_signs_off_as_before() -> None:
    ran = ask("signoff", "--sandbox", "--no-contract", "--spec", str(SMALL))
    assert listened(ran) == []


@pytest.fixture(scope="module")
def served(spec: Spec) -> Iterator[str]:
    with running(Sandbox(spec, enforce_limits=False)) as base_url:
        yield base_url


def test_a_served_sandbox_has_them_on_its_own_port(served: str) -> None:
    ran = ask("probe", "--channels", "--only", "liq*", "--base-url", served, key="sandbox-hobbyist")

    assert ran.code == 0, ran.err
    assert listened(ran) == ["liquidationOrders"]
    address = served.replace("http://", "ws://") + "/ws-api"
    assert f"COINGLASS_API_KEY is sent to {served} and {address}" in ran.err
    assert "sandbox-hobbyist" not in ran.out + ran.err
    written = Path("reports").rglob("*")
    assert not any("sandbox-hobbyist" in path.read_text("utf-8") for path in written if path.is_file())


def test_they_can_be_somewhere_else(served: str) -> None:
    address = served.replace("http://", "ws://") + "/elsewhere"
    ran = ask(
        "probe", "--only", "liq*", "--base-url", served, "--ws-url", address, key="sandbox-hobbyist"
    )  # fmt: skip

    (seen,) = (row for row in json.loads(ran.out)["observations"] if row["method"] == "SUBSCRIBE")
    assert (seen["verdict"], seen["http_status"]) == ("not_found", 404)
    assert [facts["url"] for facts in json.loads(ran.out)["streams"]] == [address]
    assert ran.code == 1


KEY = "sandbox-standard"


@pytest.mark.parametrize(
    ("script", "verdict", "words"),
    [
        (
            opened(frame(TEXT, f"no JSON for {KEY}")),
            "unreadable",
            "neither JSON nor a known refusal: no JSON for [key",
        ),
        (opened(frame(BINARY, b"{}")), "unreadable", "a binary message of 2 bytes"),
        (
            opened(announced(TEXT, 64 << 20) + b"x" * 65_536),
            "unreadable",
            "a message larger than 1,048,576 bytes",
        ),
        (opened(frame(TEXT, b"{\xff}")), "unreadable", "text that is not UTF-8"),
        (
            once(whole(b"", "302 Found", f"Location: wss://x.example/?k={KEY}")),
            "server_error",
            "not followed",
        ),
        (
            lambda peer: peer.stopped.wait(20),
            "unreachable",
            "no complete answer to the handshake within 1 s",
        ),
    ],
    ids=["text", "binary", "64 MiB", "not UTF-8", "redirect", "silent"],
)
def test_what_no_client_should_trust_is_read_for_what_it_is(
    served: str, script: Script, verdict: str, words: str
) -> None:
    with serving(script) as server:
        address = f"ws://127.0.0.1:{server.port}/ws-api"
        asked = ["probe", "--only", "liq*", "--base-url", served, "--ws-url", address, "--timeout", "1"]
        ran = ask(*asked, key=KEY)

    (seen,) = (row for row in json.loads(ran.out)["observations"] if row["method"] == "SUBSCRIBE")
    assert seen["verdict"] == verdict
    assert words in seen["message"]
    assert ran.code == (3 if verdict == "unreachable" else 1)
    assert KEY not in ran.out + ran.err


def test_a_certificate_that_does_not_match_gets_no_key(served: str, tmp_path: Path) -> None:
    _, context = self_signed(tmp_path)
    with serving(opened(), context) as server:
        address = f"wss://127.0.0.1:{server.port}/ws-api"
        ran = ask("probe", "--only", "liq*", "--base-url", served, "--ws-url", address, key=KEY)

    (seen,) = (row for row in json.loads(ran.out)["observations"] if row["method"] == "SUBSCRIBE")
    assert (seen["verdict"], seen["attempts"], ran.code) == ("unreachable", 3, 3)
    assert "certificate" in seen["message"].lower()
    assert server.requests == []
