"""How often a request is sent, how long is waited in between, and what is kept of it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from audit.errors import JournalError
from audit.jobs.inspection import Inspector
from audit.model import Verdict
from audit.probe.asker import (
    LOST_IN_A_ROW,
    MAX_ATTEMPTS,
    MAX_RATE_ATTEMPTS,
    Asker,
    ConnectionLostError,
    LongWaitError,
    Result,
)
from audit.probe.journal import Journal
from audit.spec.catalog import Spec
from tests.probe.scripted import (
    CUT,
    EDGE,
    EMPTY,
    FAULT,
    GOOD,
    KEY,
    MISSING,
    NO_CONTENT,
    RATE,
    RESET,
    UPGRADE,
    WORDLESS,
    WRONG_KEY,
    Says,
    Script,
    asking,
    refusal,
    row,
    some,
)

ATTEMPTS: list[tuple[str, list[Says], Verdict, int]] = [
    ("success", [GOOD], Verdict.AVAILABLE, 1),
    ("no rows", [EMPTY], Verdict.EMPTY, 1),
    ("above the plan", [UPGRADE], Verdict.PLAN_GATED, 1),
    ("a wrong key", [WRONG_KEY], Verdict.UNAUTHORIZED, 1),
    ("not found", [MISSING], Verdict.NOT_FOUND, 1),
    ("no content", [NO_CONTENT], Verdict.UNREADABLE, 1),
    ("server faults", [FAULT], Verdict.SERVER_ERROR, MAX_ATTEMPTS),
    ("an edge network's page", [EDGE], Verdict.SERVER_ERROR, MAX_ATTEMPTS),
    ("resets", [RESET], Verdict.UNREACHABLE, MAX_ATTEMPTS),
    ("cut off", [CUT], Verdict.UNREADABLE, MAX_ATTEMPTS),
    ("refusals by rate", [RATE], Verdict.RATE_LIMITED, MAX_RATE_ATTEMPTS),
    ("a fault, then success", [FAULT, GOOD], Verdict.AVAILABLE, 2),
    ("a reset, then success", [RESET, GOOD], Verdict.AVAILABLE, 2),
    ("two faults, then a refusal", [FAULT, RESET, UPGRADE], Verdict.PLAN_GATED, 3),
    ("success at the last attempt", [FAULT, FAULT, GOOD], Verdict.AVAILABLE, 3),
    ("success one attempt too late", [FAULT, FAULT, FAULT, GOOD], Verdict.SERVER_ERROR, 3),
    ("rate, then success at the last", [RATE] * 5 + [GOOD], Verdict.AVAILABLE, 6),
    ("rate three times, then a fault", [RATE] * 3 + [FAULT], Verdict.SERVER_ERROR, 4),
]


@pytest.mark.parametrize(("what", "says", "verdict", "attempts"), ATTEMPTS, ids=[r[0] for r in ATTEMPTS])
def test_what_may_pass_is_asked_again_and_nothing_else(
    spec: Spec, what: str, says: list[Says], verdict: Verdict, attempts: int
) -> None:
    script = Script(*says)
    result = asking(spec, script, lambda asker: asker.put(row(spec)))
    assert (result.observation.verdict, result.observation.attempts) == (verdict, attempts)
    assert len(script.paths) == attempts


@pytest.mark.parametrize("seed", range(5))
def test_faults_are_waited_for_longer_each_time_and_never_long(spec: Spec, seed: int) -> None:
    script = Script(FAULT)
    asking(spec, script, lambda asker: asker.put(row(spec)), seed=seed)
    first, second = script.gaps
    assert 0.25 <= first <= 0.8
    assert 0.5 <= second <= 1.6


def test_waits_are_not_the_same_in_every_run(spec: Spec) -> None:
    def gaps(seed: int) -> list[float]:
        script = Script(FAULT)
        asking(spec, script, lambda asker: asker.put(row(spec)), seed=seed)
        return script.gaps

    assert gaps(1) == gaps(1) != gaps(2)


def test_refusals_by_rate_are_waited_for_at_most_a_window_and_a_half_each(spec: Spec) -> None:
    script = Script(RATE)
    asking(spec, script, lambda asker: asker.put(row(spec)))
    assert len(script.gaps) == MAX_RATE_ATTEMPTS - 1
    assert script.gaps[0] >= 1
    assert max(script.gaps) <= 91


def test_a_stated_wait_is_kept(spec: Spec) -> None:
    script = Script(replace(RATE, headers={"Retry-After": "200"}), GOOD)
    result = asking(spec, script, lambda asker: asker.put(row(spec)))
    assert result.observation.verdict is Verdict.AVAILABLE
    assert 200 <= script.gaps[0] <= 201


@pytest.mark.parametrize(("seconds", "kept"), [("360", True), ("361", False), ("7200", False)])
def test_a_wait_beyond_a_few_minutes_ends_the_run(spec: Spec, seconds: str, kept: bool) -> None:
    script = Script(replace(RATE, headers={"Retry-After": seconds}), GOOD)

    async def job(asker: Asker) -> Verdict:
        asker.wall = lambda: 1_800_000_000.0  # 2027-01-15 08:00 UTC
        return (await asker.put(row(spec))).observation.verdict

    if kept:
        assert asking(spec, script, job) is Verdict.AVAILABLE
        return
    with pytest.raises(LongWaitError) as caught:
        asking(spec, script, job)
    until = {"361": "08:06", "7200": "10:00"}[seconds]
    assert str(caught.value) == f"the server asks to wait until 2027-01-15 {until} UTC"
    assert len(script.paths) == 1


@pytest.mark.parametrize("header", ["soon", "-5", "1.5", "²", "", "99999999999999999999"])
def test_a_nonsense_header_does_not_stop_the_run(spec: Spec, header: str) -> None:
    names = spec.provider.rate_limit
    odd = {"Retry-After": header, names.limit: header, names.used: header, "Date": header}
    script = Script(replace(RATE, headers=odd), replace(GOOD, headers=odd))
    result = asking(spec, script, lambda asker: asker.put(row(spec)))
    assert result.observation.verdict is Verdict.AVAILABLE


# ------------------------------------------------------------------ what an answer teaches


def put_all(spec: Spec, script: Script, count: int, journal: Journal | None = None) -> list[Result]:
    async def job(asker: Asker) -> list[Result]:
        return [await asker.put(one) for one in some(spec, count)]

    return asking(spec, script, job, journal=journal)


@pytest.mark.parametrize("first", [GOOD, EMPTY])
def test_a_401_without_words_is_a_plan_gate_once_the_key_has_worked(spec: Spec, first: Says) -> None:
    verdicts = [r.observation.verdict for r in put_all(spec, Script(WORDLESS, first, WORDLESS), 3)]
    assert verdicts[0] is Verdict.UNAUTHORIZED
    assert verdicts[2] is Verdict.PLAN_GATED


def test_a_refusal_does_not_prove_that_a_key_works(spec: Spec) -> None:
    verdicts = [r.observation.verdict for r in put_all(spec, Script(UPGRADE, MISSING, WORDLESS), 3)]
    assert verdicts[2] is Verdict.UNAUTHORIZED


def test_an_answer_is_asked_for_once(spec: Spec) -> None:
    async def job(asker: Asker) -> bool:
        return await asker.put(row(spec)) is await asker.put(row(spec))

    script = Script(GOOD)
    assert asking(spec, script, job)
    assert len(script.paths) == 1


def test_an_answer_wanted_twice_at_once_is_asked_for_once(spec: Spec, tmp_path: Path) -> None:
    async def job(asker: Asker) -> bool:
        one, other = await asyncio.gather(asker.put(row(spec)), asker.put(row(spec)))
        return one is other

    script = Script(GOOD, latency=1.0)
    with Journal(tmp_path / "j.jsonl", {}, resume=False) as journal:
        assert asking(spec, script, job, journal=journal)
    assert len(script.paths) == 1
    assert len((tmp_path / "j.jsonl").read_bytes().splitlines()) == 2


def test_what_cannot_be_right_is_not_sent(spec: Spec) -> None:
    script = Script(GOOD)
    wrong = replace(row(spec), wrong="pair 'X' is not listed")
    observation = asking(spec, script, lambda asker: asker.put(wrong)).observation
    assert (observation.verdict, observation.attempts) == (Verdict.BAD_REQUEST, 0)
    assert observation.message == "pair 'X' is not listed"
    assert observation.http_status is None
    assert script.paths == []


def test_a_request_given_up_gives_its_place_back(spec: Spec) -> None:
    async def job(asker: Asker) -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5):
                await asker.put(row(spec))
        return asker.pacer.delay(asyncio.get_running_loop().time())

    assert asking(spec, Script(GOOD, latency=10), job, concurrency=1) == 0.0


# ------------------------------------------------------------------ lost connections


def test_what_was_lost_is_neither_kept_nor_journaled_and_is_asked_again(spec: Spec, tmp_path: Path) -> None:
    async def job(asker: Asker) -> None:
        lost = await asker.put(row(spec))
        assert lost.observation.verdict is Verdict.UNREACHABLE
        assert asker.results == {}
        assert asker.lost == {row(spec).id: lost}
        found = await asker.put(row(spec))
        assert found.observation.verdict is Verdict.AVAILABLE
        assert asker.results == {row(spec).id: found}
        assert asker.lost == {}

    path = tmp_path / "j.jsonl"
    with Journal(path, {}, resume=False) as journal:
        asking(spec, Script(RESET, RESET, RESET, GOOD), job, journal=journal)
    _, *lines = path.read_bytes().splitlines()
    assert [json.loads(line)["observation"]["verdict"] for line in lines] == ["available"]


def test_several_lost_in_a_row_stop_the_run(spec: Spec) -> None:
    async def job(asker: Asker) -> int:
        asks = some(spec, 20)
        for one in asks[: LOST_IN_A_ROW - 1]:
            await asker.put(one)
        with pytest.raises(ConnectionLostError, match="reset"):
            await asker.put(asks[LOST_IN_A_ROW - 1])
        return len(asker.lost)

    script = Script(RESET)
    assert asking(spec, script, job) == LOST_IN_A_ROW
    assert len(script.paths) == LOST_IN_A_ROW * MAX_ATTEMPTS


def test_an_answer_in_between_starts_the_count_again(spec: Spec) -> None:
    lost = [RESET] * MAX_ATTEMPTS
    says = [*lost * (LOST_IN_A_ROW - 1), UPGRADE, *lost * (LOST_IN_A_ROW - 1), GOOD]
    results = put_all(spec, Script(*says), 2 * LOST_IN_A_ROW)
    assert [r.observation.verdict for r in results].count(Verdict.UNREACHABLE) == 2 * (LOST_IN_A_ROW - 1)


# ------------------------------------------------------------------ the journal


def test_a_resumed_run_knows_what_the_first_one_saw(spec: Spec, tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    with Journal(path, {}, resume=False) as journal:
        before = put_all(spec, Script(GOOD, UPGRADE), 2, journal=journal)

    async def job(asker: Asker) -> list[Result]:
        assert asker.resume() == 2
        return [await asker.put(one) for one in some(spec, 3)]

    script = Script(WORDLESS)
    with Journal(path, {}, resume=True) as journal:
        after = asking(spec, script, job, journal=journal)
    assert after[:2] == before
    assert len(script.paths) == 1
    assert after[2].observation.verdict is Verdict.PLAN_GATED, "that the key had worked was forgotten"


@pytest.mark.parametrize(
    "record", [{}, {"observation": {}}, {"observation": 1}, {"observation": {"x": 1}, "findings": 3}]
)
def test_a_damaged_record_is_said(spec: Spec, tmp_path: Path, record: dict[str, object]) -> None:
    with Journal(tmp_path / "j.jsonl", {}, resume=False) as journal:
        journal.add("some_operation", record)

    async def job(asker: Asker) -> int:
        return asker.resume()

    with (
        Journal(tmp_path / "j.jsonl", {}, resume=True) as journal,
        pytest.raises(JournalError, match="some_operation"),
    ):
        asking(spec, Script(GOOD), job, journal=journal)


# ------------------------------------------------------------------ a server that repeats the key

ACCOUNT = "user_account_subscription"
PAIRS = "futures_supported_exchange_pairs"
INTEREST = "futures_open_interest_history"
PAIR = {"instrument_id": KEY, "base_asset": KEY}
LONG = "x" * 70
ECHOES: list[tuple[str, str, Says]] = [
    ("in the words of a refusal", INTEREST, refusal("400", f"Invalid API key provided: {KEY}")),
    ("cut by the end of a message", INTEREST, refusal("400", "x" * 285 + KEY)),
    ("in a code", INTEREST, refusal(KEY, "words")),
    ("in a field", INTEREST, Says(body={"code": "0", "data": [{"time": 1, "open": KEY}]})),
    ("cut by the end of a value", INTEREST, Says(body={"code": "0", "data": [{"open": LONG + KEY}]})),
    ("as a field's name", INTEREST, Says(body={"code": "0", "data": [{KEY: 1}]})),
    ("in a page", INTEREST, Says(200, f"<html><title>{KEY}</title>".encode())),
    ("in JSON of another sort", INTEREST, Says(body={"error": KEY})),
    ("cut by the end of an excerpt", INTEREST, Says(body={"error": LONG[:60] + KEY})),
    ("in a redirect", INTEREST, Says(302, b"", {"Location": f"http://127.0.0.1/?key={KEY}"})),
    ("as the level", ACCOUNT, Says(body={"code": "0", "data": {"level": KEY}})),
    ("as an exchange", PAIRS, Says(body={"code": "0", "data": {KEY: [PAIR]}})),
]


@pytest.mark.parametrize(("where", "name", "says"), ECHOES, ids=[row[0] for row in ECHOES])
def test_the_key_is_not_kept_wherever_a_server_repeats_it(
    spec: Spec, tmp_path: Path, where: str, name: str, says: Says
) -> None:
    inspector = Inspector(spec, spec.ladder.get("standard"))
    path = tmp_path / "j.jsonl"
    with Journal(path, {}, resume=False) as journal:
        result = asking(
            spec,
            Script(says),
            lambda asker: asker.put(row(spec, name)),
            journal=journal,
            inspect=inspector.inspect,
            extract=inspector.extract,
        )
    for text in (repr(result), path.read_text()):
        assert "[key removed]" in text or "cut" in where
        for length in range(8, len(KEY) + 1):
            assert KEY[:length] not in text
