"""Recorded channels in the suite: found again as they were heard, chosen, shown, and looked through."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
from pathlib import Path

import pytest

from audit.client.secret import Secret
from audit.contract.cases import ChannelCase
from audit.contract.cassette import default_folder
from audit.contract.check import examine
from audit.contract.scrub import Scrubber
from audit.contract.stream_file import FILE, Heard, dump_stream, load_stream
from audit.contract.stream_observing import Played, play
from audit.contract.stream_record import Recorder
from audit.contract.suite import open_suite
from audit.errors import CassetteError, UsageError
from audit.jobs.probing import probe
from audit.jobs.settings import Settings, aim
from audit.model import Finding, Observation, Severity, StreamFacts, Verdict
from audit.sandbox.stream_faults import KINDS
from audit.spec.catalog import Spec
from tests.contract.made import RECORDED_AT
from tests.contract.streams import NAME, Change, events, instead, judged, otherwise_asked, shipped, without
from tests.support.cli import run_here

MOMENT = RECORDED_AT.timestamp()
TRADES = "futures_trades"
KEY = "fa4e" * 8
# What arrives so damaged that nothing of it could be played again, or does not arrive at all.
UNPLAYABLE = {
    *("ws-handshake-silent", "ws-handshake-cut"),
    *("ws-oversized", "ws-wrong-encoding", "ws-reserved-opcode", "ws-reserved-bits"),
}


# --- what was recorded is what is found -------------------------------------------------------------


def asked(spec: Spec, plan: str, *faults: str) -> tuple[Observation, StreamFacts, list[Finding], Recorder]:
    """Ask a channel of the sandbox, and record it."""
    settings = Settings(plan=plan, sandbox=True, moment=MOMENT, only=(NAME,), faults=faults)
    recorders: list[Recorder] = []

    def tap(name: str) -> Recorder:
        assert spec.stream is not None
        began = asyncio.get_running_loop().time()
        scrubber = Scrubber(Secret(KEY), "KEY")
        recorders.append(Recorder(spec.stream.channels[name], spec.provider, scrubber, began))
        return recorders[0]

    run = probe(spec, settings, aim(settings, spec, None), taps=tap).run
    (observation,) = [row for row in run.observations if row.operation == NAME]
    found = [finding for finding in run.findings if finding.operation == NAME]
    return observation, run.streams[0], found, recorders[0]


def replayed(spec: Spec, plan: str, heard: Heard) -> Played:
    assert spec.stream is not None
    channel = spec.stream.channels[heard.channel]
    return play(spec, spec.stream, spec.ladder.get(plan), channel, heard, RECORDED_AT)


@pytest.mark.parametrize("fault", [None, *KINDS])
def test_a_channel_is_found_again_as_it_was_heard(spec: Spec, fault: str | None) -> None:
    """Whatever the server does: the same verdict, the same facts to the millisecond, the same rules."""
    observation, facts, found, recorder = asked(spec, "standard", *([fault] if fault else []))
    if fault in UNPLAYABLE:
        assert recorder.broken
        return
    assert recorder.broken is None
    played = replayed(spec, "standard", recorder.heard(facts))
    seen = played.seen.observation
    assert (seen.verdict, seen.message) == (observation.verdict, observation.message)
    assert (seen.rows, seen.latency_ms, seen.attempts) == (
        observation.rows, observation.latency_ms, observation.attempts
    )  # fmt: skip
    own = {"url": facts.url, "subscribe": facts.subscribe}
    assert played.seen.facts.model_copy(update=own) == facts
    rules = [{(row.rule, row.severity) for row in one} for one in (found, played.findings)]
    assert rules[0] == rules[1]


def test_every_plan_is_found_again_as_it_was_heard(spec: Spec) -> None:
    for plan in spec.ladder.names:
        observation, facts, found, recorder = asked(spec, plan)
        played = replayed(spec, plan, recorder.heard(facts))
        assert played.seen.observation.verdict is observation.verdict is observation.expected
        assert not played.findings
        assert not found


# --- cases ------------------------------------------------------------------------------------------


def test_a_channel_that_is_not_recorded_is_found(spec: Spec) -> None:
    _, made = shipped("standard", NAME)
    (found,) = judged(spec, "standard", None, made, NAME).findings
    assert (found.rule, found.message) == ("cassette", "no answer is recorded on standard")


def test_a_recording_of_minutes_is_played_without_a_socket_to_anywhere(
    spec: Spec, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("connect", "connect_ex", "bind", "sendto"):
        monkeypatch.setattr(socket.socket, name, lambda *_, **__: pytest.fail("the network was touched"))
    heard, made = shipped("standard", TRADES)
    assert heard.lines[-1].end - heard.lines[0].at > 45
    one = judged(spec, "standard", heard, made, TRADES)
    assert one.observation is not None
    assert one.observation.verdict is Verdict.AVAILABLE


# --- files, plans, commands -------------------------------------------------------------------------


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    shutil.copytree(default_folder() / "standard", tmp_path / "mine" / "standard")
    return tmp_path / "mine"


def edited(folder: Path, change: Change, channel: str = NAME) -> None:
    """Change a channel of a recording, sealed as if it had been recorded so."""
    path = folder / "standard" / FILE
    made = load_stream(path)
    rows = tuple(change(heard) if heard.channel == channel else heard for heard in made.channels)
    path.write_text(dump_stream(made.model_copy(update={"channels": rows})))


def test_channels_are_chosen_by_their_names(spec: Spec) -> None:
    suite = open_suite(spec, default_folder(), ("standard",), (NAME,))
    assert [case.id for case in suite.cases] == [f"standard-{NAME}"]
    both = open_suite(spec, default_folder(), ("standard",), ("futures_t*",))
    assert f"standard-{TRADES}" in {case.id for case in both.cases}
    with pytest.raises(
        UsageError, match="unknown operation or channel 'liquidationOrder'.*liquidationOrders"
    ):
        open_suite(spec, default_folder(), (), ("liquidationOrder",))


def test_channels_alone_are_enough_for_a_suite(spec: Spec, mine: Path) -> None:
    for path in (mine / "standard").iterdir():
        if path.name != FILE:
            path.unlink()
    suite = open_suite(spec, mine, ("standard",), (NAME,))
    assert not suite.judge(suite.cases[0]).findings
    assert suite.origins["standard"].group == "channels"
    (mine / "standard" / FILE).write_text("{")
    with pytest.raises(CassetteError, match=r"channels.json:1: ends too soon"):
        open_suite(spec, mine, ("standard",), (NAME,))


def test_a_description_without_channels_leaves_the_file_unheld(
    spec: Spec, mine: Path, tmp_path: Path
) -> None:
    from audit.spec.catalog import load

    shutil.copytree(spec.folder, tmp_path / "described")
    (tmp_path / "described" / "channels.yaml").unlink()
    silent = load(tmp_path / "described")
    suite = open_suite(silent, mine, ("standard",))
    assert not any(isinstance(case, ChannelCase) for case in suite.cases)
    found = [finding.message for case in suite.cases for finding in suite.judge(case).findings]
    assert f"operations that the description does not have: {TRADES}, {NAME}" in found
    with pytest.raises(UsageError, match="unknown operation 'liquidationOrders'"):
        open_suite(silent, mine, ("standard",), (NAME,))


def test_looking_through_finds_what_a_recording_never_holds(spec: Spec, mine: Path) -> None:
    scrubber = Scrubber(Secret(KEY), "KEY")

    def told() -> list[str]:
        return [
            f"{row.severity}: {row.message}" for row in examine(mine, spec, now=MOMENT, scrubber=scrubber)
        ]

    assert told() == []
    edited(mine, instead("text", f"wss://example.com/ws?key={KEY}"))
    assert [line.partition(",")[0] for line in told()] == ["error: the key itself stands in it"]
    edited(mine, events(otherwise_asked))
    assert any('{"op":"subscribe","args":["liquidationOrders"]} was sent' in line for line in told())
    edited(mine, lambda heard: heard.model_copy(update={"channel": "gone"}))
    assert "error: operations that the description does not have: gone" in told()
    (mine / "standard" / FILE).write_text("{")
    assert [line for line in told() if "ends too soon" in line]


def test_the_command_and_its_outputs_show_a_channel(mine: Path) -> None:
    given = ("contract", "--cassettes", str(mine), "--plan", "standard")
    done = run_here(*given, "--only", NAME, "--format", "junit")
    assert done.code == 0, done.err
    assert f'<testcase classname="channels" name="standard-{NAME}"' in done.out
    edited(mine, without("pong"))
    done = run_here(*given)
    assert done.code == 1
    assert f"error: server-fault: standard: {NAME}: answered 0 of " in done.out
    run = json.loads(run_here(*given, "--format", "json").out)
    assert [(row["channel"], row["pongs"]) for row in run["streams"]] == [(TRADES, 2), (NAME, 0)]
    assert f"1 of 233 tests failed: standard-{NAME}." in run["decision"]["reasons"][0]
    (channel,) = [row for row in run["observations"] if row["operation"] == NAME]
    assert (channel["method"], channel["path"], channel["verdict"]) == ("SUBSCRIBE", NAME, "available")


def test_a_failed_channel_stands_in_the_way_of_a_signoff(mine: Path, tmp_path: Path) -> None:
    edited(mine, without("pong"))
    given = ("--sandbox", "--plan", "standard", "--only", NAME, "--cassettes", str(mine))
    done = run_here("signoff", *given, "--out", str(tmp_path / "out"), "--format", "json")
    assert done.code == 1, done.err
    (found,) = [row for row in json.loads(done.out)["findings"] if row["severity"] == Severity.ERROR]
    assert found["message"].startswith("recorded from sandbox: answered 0 of ")
    assert found["location"]["file"] == str(mine / "standard" / FILE)
