"""Channels as part of a probe: beside the requests, judged with them, bounded, broken off and asked anew."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from audit.client.secret import Secret
from audit.jobs.probing import Audited, probe
from audit.jobs.settings import Settings, aim
from audit.model import Outcome, Verdict
from audit.probe.runner import Progress
from audit.probe.symbols import Wish
from audit.spec.catalog import Spec

PLANS = ["hobbyist", "startup", "standard", "professional", "enterprise"]
INTEREST = "futures_open_interest_history"
BOTH = ("futures_trades", "liquidationOrders")


def ran(spec: Spec, progress: Callable[[Progress], None] = lambda _: None, **options: Any) -> Audited:
    given = {"sandbox": True, "plan": "standard", "only": BOTH, "intervals": "none", **options}
    settings = Settings(**given)
    return probe(spec, settings, aim(settings, spec, None), progress)


def heard(audited: Audited) -> dict[str, Verdict]:
    return {row.operation: row.verdict for row in audited.run.observations if row.method == "SUBSCRIBE"}


@pytest.mark.parametrize("plan", PLANS)
def test_a_sandbox_that_keeps_the_promise_is_a_go_on_every_plan(spec: Spec, plan: str) -> None:
    audited = ran(spec, plan=plan)

    opens = plan in PLANS[2:]
    assert heard(audited) == dict.fromkeys(BOTH, Verdict.AVAILABLE if opens else Verdict.PLAN_GATED)
    run = audited.run
    assert run.findings == ()
    assert run.decision.outcome is Outcome.GO
    assert [facts.channel for facts in run.streams] == list(BOTH)
    assert {facts.url for facts in run.streams} == {None}
    assert audited.finished
    assert run.key is not None
    assert run.key.plan == plan
    assert f"sandbox-{plan}" not in run.model_dump_json()


def test_the_plan_may_come_from_the_key(spec: Spec) -> None:
    audited = ran(spec, plan=None)
    assert heard(audited) == dict.fromkeys(BOTH, Verdict.AVAILABLE)


@pytest.mark.parametrize(
    ("fault", "outcome", "words"),
    [
        (
            "ws-refuse",
            Outcome.NO_GO,
            "plan-mismatch: futures_trades, liquidationOrders: standard promises it",
        ),
        ("ws-quiet", Outcome.NO_GO, "plan-mismatch"),
        ("ws-text", Outcome.NO_GO, "unreadable-answer"),
        ("ws-seconds", Outcome.NO_GO, "field-type"),
        (
            "ws-handshake-silent",
            Outcome.INCOMPLETE,
            "2 requests without an answer: futures_trades, liquidationOrders",
        ),
        ("ws-handshake-401", Outcome.INCOMPLETE, "was refused on 2 requests"),
        ("ws-handshake-429", Outcome.INCOMPLETE, "without an answer"),
        ("ws-handshake-404", Outcome.NO_GO, "unknown-endpoint"),
    ],
)
def test_what_a_channel_does_takes_part_in_the_decision(
    spec: Spec, fault: str, outcome: Outcome, words: str
) -> None:
    run = ran(spec, faults=(fault,)).run

    assert run.decision.outcome is outcome
    assert any(words in reason for reason in run.decision.reasons), run.decision.reasons


def test_a_fault_of_one_channel_leaves_the_other_alone(spec: Spec) -> None:
    audited = ran(spec, faults=("ws-binary:futures_trades",))

    assert heard(audited) == {"futures_trades": Verdict.UNREADABLE, "liquidationOrders": Verdict.AVAILABLE}
    assert {finding.operation for finding in audited.run.findings} == {"futures_trades"}


def test_wishes_are_spelled_as_the_lists_have_it(spec: Spec) -> None:
    run = ran(spec, wish=Wish(symbol="ETH", exchange="OKX")).run

    paths = {row.operation: row.path for row in run.observations}
    assert paths["futures_trades"] == "futures_trades@OKX_ETH-USDT-SWAP@10000"
    wrong = ran(spec, wish=Wish(symbol="ETHH")).run
    (seen,) = (row for row in wrong.observations if row.operation == "futures_trades")
    assert (seen.verdict, seen.attempts) == (Verdict.BAD_REQUEST, 0)


def test_they_share_one_time_unless_one_at_a_time_is_wanted(spec: Spec) -> None:
    def doing(concurrency: int) -> set[int]:
        told: list[str] = []
        ran(spec, lambda step: told.append(step.doing or ""), concurrency=concurrency)
        return {text.count(",") + 1 for text in told if text.startswith("listening to")}

    assert 2 in doing(2)
    assert doing(1) == {1}


def test_progress_names_the_channels_and_bounds_the_time(spec: Spec) -> None:
    told: list[Progress] = []
    ran(spec, told.append, only=(*BOTH, INTEREST))

    asking = [step for step in told if step.doing is None]
    listening = [step for step in told if step.doing is not None]
    assert asking
    assert all(step.total >= 2 + 2 for step in asking)
    assert all(step.at_most for step in told)
    assert all((step.seconds_left or 0) > 60 for step in asking if step.seconds_left is not None)
    assert listening[10].doing == "listening to futures_trades, liquidationOrders"
    left = [step.seconds_left for step in listening if step.seconds_left is not None]
    assert len(left) == len(listening)
    assert left[0] == max(left)
    assert listening[-1].total == 2 + 3
    dones = [step.done for step in told]
    assert dones == sorted(dones)


def test_they_are_not_journaled_and_asked_anew(spec: Spec, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = ran(spec, out=out, only=(*BOTH, INTEREST), faults=("ws-handshake-silent",))
    assert not first.finished
    journal = (out / "journal.jsonl").read_text("utf-8")
    assert INTEREST in journal
    assert "liquidationOrders" not in [json.loads(line).get("ask") for line in journal.splitlines()]

    second = ran(spec, out=out, only=(*BOTH, INTEREST), resume=True)
    assert second.resumed == len(journal.splitlines()) - 1
    assert second.finished
    assert second.run.decision.outcome is Outcome.GO
    assert heard(second) == dict.fromkeys(BOTH, Verdict.AVAILABLE)


def test_a_run_out_of_time_says_what_it_did_not_hear(spec: Spec) -> None:
    audited = ran(spec, total_timeout=30.0)

    assert heard(audited) == {}
    assert not audited.finished
    assert audited.run.decision.outcome is Outcome.INCOMPLETE
    assert audited.run.decision.reasons[-1] == "2 requests not made: time is up."


def test_a_channel_that_was_heard_by_then_is_kept(spec: Spec) -> None:
    audited = ran(spec, total_timeout=30.0, faults=("ws-refuse:futures_trades",))

    assert heard(audited) == {"futures_trades": Verdict.PLAN_GATED}
    assert "1 request not made: time is up." in audited.run.decision.reasons


def test_an_interruption_keeps_what_was_asked(spec: Spec) -> None:
    def interrupt(step: Progress) -> None:
        if step.doing is not None:
            for task in asyncio.all_tasks():
                if getattr(task.get_coro(), "__name__", "") == "_asking":
                    task.cancel()

    audited = ran(spec, interrupt)
    assert heard(audited) == {}
    assert audited.run.decision.reasons[-1] == "2 requests not made: interrupted."
    assert any(row.verdict is Verdict.AVAILABLE for row in audited.run.observations)


def test_a_key_that_never_worked_is_shown_to_no_channel(spec: Spec) -> None:
    settings = Settings(sandbox=True, only=BOTH, intervals="none")
    target = replace(aim(settings, spec, None), key=Secret("fa4e" * 8))
    tapped: list[Any] = []
    audited = probe(spec, settings, target, taps=lambda _: lambda *what: tapped.append(what))

    assert heard(audited) == {}
    assert tapped == []
    assert audited.run.decision.outcome is Outcome.INCOMPLETE
    assert not audited.finished


def test_who_listens_in_hears_each_channel_by_its_name(spec: Spec) -> None:
    tapped: dict[str, list[Any]] = {}
    settings = Settings(sandbox=True, plan="hobbyist", only=BOTH, intervals="none")
    target = aim(settings, spec, None)
    probe(spec, settings, target, taps=lambda name: lambda *what: tapped.setdefault(name, []).append(what))

    assert set(tapped) == set(BOTH)
    assert [direction for _, direction, _ in tapped["liquidationOrders"]] == [
        "opened",
        "sent",
        "received",
        "dropped",
    ]
    assert tapped["liquidationOrders"][2][2].text == "liquidationOrders need upgrade plan"


def test_nothing_of_it_is_loaded_where_no_channel_is_asked(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from audit.cli import run\n"
        "run(['probe', '--sandbox', '--only', 'user_account_subscription', '--quiet', '--history', 'off'])\n"
        "assert not any(name.startswith('websockets') for name in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
