"""The pacer when it is refused: stated waits, back-off, and care afterwards."""

from __future__ import annotations

import itertools
import random
import statistics

import pytest

from audit.client.pacing import Limits, Pacer
from tests.client.pacing_servers import KINDS, MONOTONIC, Outcome, Run, Scenario, shortest

SEED = 70_000


def run(scenario: Scenario) -> Outcome:
    return Run(scenario, Pacer(rng=random.Random(scenario.seed))).go()


def refuse_once(retry_after: float | None) -> tuple[Pacer, float]:
    pacer, now = Pacer(limit=30, planned=100, rng=random.Random(3)), MONOTONIC
    pacer.refused(pacer.sent(now), now + 0.1, Limits(30, 30, None), retry_after)
    return pacer, now + 0.1


@pytest.mark.parametrize("wait", [0.5, 7.0, 90.0])
def test_retry_after_is_obeyed_to_the_letter(wait):
    pacer, now = refuse_once(wait)
    assert pacer.refusals == 1
    assert pacer.delay(now) == pytest.approx(wait)
    assert pacer.delay(now + wait - 0.01) > 0
    assert pacer.delay(now + wait) == 0.0
    pacer.sent(now + wait)
    assert pacer.delay(now + wait) > 0  # one request alone


def test_shorter_retry_after_does_not_shorten_a_longer_one():
    pacer, now = Pacer(rng=random.Random(3)), MONOTONIC
    pacer.answered(pacer.sent(now), now, Limits(None, None, None))
    first, second = pacer.sent(now), pacer.sent(now)
    pacer.refused(first, now, Limits(None, None, None), 30.0)
    pacer.refused(second, now + 1.0, Limits(None, None, None), 5.0)
    assert pacer.delay(now + 1.0) == pytest.approx(29.0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stated", [True, False])
def test_nothing_leaves_before_a_stated_wait_is_over(kind, stated):
    # A greedy neighbour fills each window at once: refusals cannot be avoided.
    others = [60.0 * i + j * 0.01 for i in range(-2, 60) for j in range(79)]
    scenario = Scenario(80, kind, start=58.9, requests=30, others=others, retry_after=stated, seed=SEED)
    outcome = run(scenario)
    assert stated == bool(outcome.blocks) or outcome.refusals == 0
    for told, until in outcome.blocks:
        assert not [time for time in outcome.sent if told < time < until - 1e-6]


def test_stated_waits_are_obeyed_when_no_answer_carries_figures():
    # Silent server: no figures at all, so that the pacer has nothing but refusals to go by.
    for kind in KINDS:
        scenario = Scenario(30, kind, requests=70, tell_limit=False, tell_used=False, seed=SEED)
        outcome = run(scenario)
        assert outcome.blocks
        for told, until in outcome.blocks:
            assert not [time for time in outcome.sent if told < time < until - 1e-6]


def back_offs(seed: int, count: int = 9) -> list[float]:
    pacer, now, waits = Pacer(rng=random.Random(seed)), MONOTONIC, []
    for _ in range(count):
        pacer.refused(pacer.sent(now), now, Limits(None, None, None), None)
        waits.append(pacer.delay(now))
        now += waits[-1]
        assert pacer.delay(now) <= 0.001
        now += 0.001
    return waits


def test_back_off_grows_with_jitter_and_is_bounded():
    waits = [back_offs(seed) for seed in range(20)]
    medians = [statistics.median(column) for column in zip(*waits, strict=True)]
    assert all(later > 1.5 * earlier for earlier, later in itertools.pairwise(medians[:5]))
    assert all(2.0 <= wait[0] <= 3.0 for wait in waits)
    assert max(max(wait) for wait in waits) <= 90.0
    assert len({round(wait[0], 6) for wait in waits}) == 20


def test_refusals_of_one_flight_are_one_step_of_back_off():
    pacer, now = Pacer(rng=random.Random(5)), MONOTONIC
    pacer.answered(pacer.sent(now), now, Limits(None, None, None))
    for ticket in [pacer.sent(now) for _ in range(8)]:
        pacer.refused(ticket, now + 0.1, Limits(None, None, None), None)
    assert pacer.refusals == 8
    assert pacer.delay(now + 0.1) <= 3.0


def test_success_ends_the_back_off():
    pacer, now = Pacer(rng=random.Random(5)), MONOTONIC
    for _ in range(5):
        pacer.refused(pacer.sent(now), now, Limits(None, None, None), None)
        now += pacer.delay(now) + 0.001
    pacer.answered(pacer.sent(now), now, Limits(None, None, None))
    pacer.refused(pacer.sent(now), now, Limits(None, None, None), None)
    assert pacer.delay(now) <= 3.0


@pytest.mark.parametrize("kind", KINDS)
def test_an_unexpected_refusal_makes_careful_without_thrashing(kind):
    # A burst by somebody new fills the window while ours are leaving.
    others = [61.5 + i * 0.001 for i in range(70)]
    scenario = Scenario(80, kind, start=30.0, requests=400, others=others, seed=SEED)
    outcome = run(scenario)
    assert outcome.refusals <= 8  # those in flight at that moment
    assert outcome.seconds <= 1.3 * shortest(scenario) + 60.0
