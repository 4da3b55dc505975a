"""The pacer against strict simulated servers: never refused, no window wasted, refusals obeyed."""

from __future__ import annotations

import itertools
import math
import random
import statistics

import pytest

from audit.client.pacing import Limits, Pacer
from tests.client.pacing_servers import (
    KINDS,
    MONOTONIC,
    Outcome,
    Run,
    Scenario,
    bursts,
    shortest,
    steady,
)

LIMITS = (30, 80, 300, 1200)
STARTS = (0.2, 13.0, 29.5, 44.4, 59.0)  # s in the server's minute, two of them close to its boundary
# Not the seeds the pacer's constants were chosen with.
SEED = 70_000


def run(scenario: Scenario, **options: int) -> Outcome:
    return Run(scenario, Pacer(rng=random.Random(scenario.seed), **options)).go()


def with_others(limit: int, share: float, seed: int, requests: int = 213) -> list[float]:
    return steady(limit * share, 60.0 * (4 + 3 * requests / (limit * (1 - share))), seed)


# ---------------------------------------------------------------- alone on the key


@pytest.mark.parametrize(("limit", "kind"), list(itertools.product(LIMITS, KINDS)))
def test_alone_never_refused_and_no_window_wasted(limit, kind):
    ratios = []
    for number, start in enumerate(STARTS):
        scenario = Scenario(limit, kind, start=start, seed=SEED + number)
        outcome = run(scenario)
        assert outcome.refusals == 0
        assert outcome.most_in_flight <= 8
        ratios.append(outcome.seconds / shortest(scenario))
    assert min(ratios) >= 0.999  # else the yardstick would be wrong
    assert statistics.mean(ratios) <= 1.05


@pytest.mark.parametrize(("limit", "kind"), list(itertools.product((30, 80, 300), KINDS)))
def test_long_run(limit, kind):
    scenario = Scenario(limit, kind, start=21.0, requests=1000, seed=SEED)
    outcome = run(scenario)
    assert outcome.refusals == 0
    assert outcome.seconds <= 1.05 * shortest(scenario)


@pytest.mark.parametrize(("kind", "windows"), list(itertools.product(KINDS, (1, 2, 3))))
def test_exact_multiple_of_the_limit(kind, windows):
    for start in STARTS:
        scenario = Scenario(80, kind, start=start, requests=80 * windows, seed=SEED)
        outcome = run(scenario)
        assert outcome.refusals == 0
        # Nothing is to spare for finding a boundary, so any window is used as a sliding one.
        sliding = Scenario(80, "sliding", start=start, requests=80 * windows, seed=SEED)
        assert outcome.seconds <= 1.05 * shortest(sliding) + 0.3


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("requests", [1, 60, 70, 79, 80])
def test_requests_that_fit_leave_at_once(kind, requests):
    scenario = Scenario(80, kind, start=30.0, requests=requests, seed=SEED)
    outcome = run(scenario)
    assert outcome.refusals == 0
    assert outcome.seconds <= shortest(scenario) + 0.3  # the first request goes alone


@pytest.mark.parametrize(("kind", "skew"), list(itertools.product(KINDS, (-3600.4, -0.7, 12.3))))
def test_server_clock_may_be_wrong(kind, skew):
    # The aligned kinds keep their boundaries; only what the dates say about them is wrong.
    scenario = Scenario(80, kind, start=33.0, seed=SEED, skew=skew)
    assert run(scenario).refusals == 0


@pytest.mark.parametrize("kind", KINDS)
def test_without_dates(kind):
    scenario = Scenario(80, kind, start=33.0, seed=SEED, tell_date=False)
    outcome = run(scenario)
    assert outcome.refusals == 0
    assert outcome.seconds <= 1.08 * shortest(scenario)


@pytest.mark.parametrize(("kind", "latency"), list(itertools.product(KINDS, ((0.001, 0.002), (0.5, 3.0)))))
def test_other_latencies(kind, latency):
    for start in STARTS:
        assert run(Scenario(30, kind, start=start, seed=SEED, latency=latency)).refusals == 0


@pytest.mark.parametrize("concurrency", [1, 3, 32])
def test_other_concurrencies(concurrency):
    for kind in KINDS:
        scenario = Scenario(80, kind, start=50.0, seed=SEED, concurrency=concurrency)
        outcome = run(scenario, concurrency=concurrency)
        assert outcome.refusals == 0
        assert outcome.most_in_flight <= concurrency


def test_own_bound_on_requests_in_flight():
    scenario = Scenario(300, "minute", start=9.0, seed=SEED, concurrency=20)
    assert run(scenario, concurrency=3).most_in_flight == 3


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("before", [40, 78])
def test_key_partly_used_when_the_run_starts(kind, before):
    for seed, start in enumerate(STARTS):
        used = [-20.0 + i * 0.1 for i in range(before)]
        scenario = Scenario(80, kind, start=start, seed=SEED + seed, others=used)
        assert run(scenario).refusals == 0


def test_given_limit_and_plan_at_construction():
    pacer = Pacer(limit=80, planned=213, rng=random.Random(1))
    assert pacer.limit == 80
    assert Run(Scenario(80, "sliding", seed=SEED), pacer).go().refusals == 0


def test_other_window_length():
    now, pacer = 100.0, Pacer(window=10.0, limit=2, planned=3)
    for used in (1, 2):
        assert pacer.delay(now) == 0.0
        pacer.answered(pacer.sent(now), now, Limits(2, used, None))
    waited = 0.0
    while (wait := pacer.delay(now + waited)) > 0:
        waited += wait
    assert 10.0 <= waited <= 10.2


# ---------------------------------------------------------------- sharing the key


@pytest.mark.parametrize(("limit", "kind", "share"), list(itertools.product(LIMITS, KINDS, (0.22, 0.38))))
def test_not_refused_beside_a_steady_user(limit, kind, share):
    for number, start in enumerate(STARTS[1:4]):
        others = with_others(limit, share, SEED + number)
        assert run(Scenario(limit, kind, start=start, seed=SEED + number, others=others)).refusals == 0


@pytest.mark.parametrize(
    ("kind", "number"), [*(("phase", i) for i in range(3, 8)), ("minute", 9), ("minute", 12)]
)
def test_not_refused_when_a_boundary_went_unnoticed(kind, number):
    # Others fill up the first window, so its boundary is not seen.  The next look comes when our earlier
    # requests would just be leaving a sliding window, and cannot tell whether they are in its figure.
    others = with_others(80, 0.4, number)
    scenario = Scenario(80, kind, start=3.0 * number + 0.37, seed=number, others=others)
    assert run(scenario).refusals == 0


@pytest.mark.parametrize(("limit", "kind"), list(itertools.product((80, 300), KINDS)))
def test_most_of_what_others_leave_is_used(limit, kind):
    ratios = []
    for number, start in enumerate(STARTS):
        others = with_others(limit, 0.25, SEED + number, 1000)
        scenario = Scenario(limit, kind, start=start, requests=1000, seed=SEED + number, others=others)
        ratios.append(max(1.0, run(scenario).seconds / shortest(scenario, foresight=False)))
    assert statistics.mean(ratios) <= 1.05


@pytest.mark.parametrize("kind", KINDS)
def test_small_bursts_of_others_cost_few_refusals(kind):
    scenario = Scenario(300, kind, start=12.0, requests=1000, seed=SEED, others=bursts(5, 15.0, 2000.0, SEED))
    outcome = run(scenario)
    assert outcome.refusals <= 2
    assert outcome.seconds <= 1.5 * shortest(scenario)


def test_estimate_of_others():
    pacer = Pacer(rng=random.Random(1))
    scenario = Scenario(80, "sliding", requests=500, others=with_others(80, 0.25, SEED, 500))
    Run(scenario, pacer).go()
    assert 12 <= pacer.others <= 30
    alone = Pacer(rng=random.Random(1))
    Run(Scenario(80, "minute", start=20.0), alone).go()
    assert alone.others == 0.0


# ---------------------------------------------------------------- missing and changing figures


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_limit_it_runs_unpaced(kind):
    scenario = Scenario(10_000, kind, requests=500, tell_limit=False, seed=SEED)
    outcome = run(scenario)
    assert outcome.refusals == 0
    assert outcome.seconds <= shortest(scenario) + 0.5


@pytest.mark.parametrize("kind", KINDS)
def test_without_used(kind):
    for start in STARTS:
        scenario = Scenario(80, kind, start=start, tell_used=False, seed=SEED)
        outcome = run(scenario)
        assert outcome.refusals == 0
        assert outcome.seconds <= 125.0  # as a sliding window


@pytest.mark.parametrize("kind", KINDS)
def test_lowered_limit_is_followed_at_once(kind):
    # Lowered in the second window, after which the run goes on by the new limit.
    scenario = Scenario(300, kind, start=30.0, requests=900, seed=SEED, new_limit=(50.0, 80))
    pacer = Pacer(rng=random.Random(1))
    outcome = Run(scenario, pacer).go()
    assert pacer.limit == 80
    # It cannot be known before an answer says so; what had left by then may be refused.
    assert outcome.refusals <= 8


def test_raised_limit_is_followed():
    pacer = Pacer(rng=random.Random(1))
    Run(Scenario(30, "minute", start=30.0, requests=300, seed=SEED, new_limit=(90.0, 300)), pacer).go()
    assert pacer.limit == 300


def test_late_answer_does_not_raise_a_lowered_limit():
    pacer, now = Pacer(), MONOTONIC
    old, new = pacer.sent(now), pacer.sent(now)
    pacer.answered(new, now + 0.1, Limits(80, 2, None))
    pacer.answered(old, now + 0.2, Limits(300, 1, None))
    assert pacer.limit == 80


@pytest.mark.parametrize(("kind", "part"), list(itertools.product(KINDS, (0.02, 0.2))))
def test_lost_answers_count_as_used(kind, part):
    for number, start in enumerate(STARTS):
        scenario = Scenario(80, kind, start=start, requests=213, seed=SEED + number, lost=part)
        assert run(scenario).refusals == 0


def test_unknown_and_repeated_tickets_are_ignored():
    pacer, now = Pacer(), MONOTONIC
    ticket = pacer.sent(now)
    pacer.lost(ticket, now + 1.0)
    pacer.answered(ticket, now + 2.0, Limits(5, 5, None))
    pacer.refused(99, now + 2.0, Limits(5, 5, None), 60.0)
    assert pacer.limit is None
    assert pacer.refusals == 0


def test_delay_changes_nothing():
    scenario = Scenario(80, "minute", start=33.0, seed=SEED, others=with_others(80, 0.25, SEED))

    class Nosy(Pacer):
        def delay(self, now):
            answers = {super(Nosy, self).delay(now) for _ in range(3)}
            assert len(answers) == 1
            super().delay(now + 1000.0)
            return answers.pop()

    nosy = Run(scenario, Nosy(rng=random.Random(1))).go()
    assert nosy.sent == Run(scenario, Pacer(rng=random.Random(1))).go().sent


# ---------------------------------------------------------------- the estimate of the end


@pytest.mark.parametrize(
    ("limit", "kind", "requests", "share"),
    [
        (30, "sliding", 213, 0.0),
        (30, "opened", 213, 0.0),
        (30, "minute", 400, 0.0),
        (80, "sliding", 213, 0.0),
        (80, "opened", 213, 0.0),
        (80, "minute", 1000, 0.0),
        (300, "sliding", 213, 0.0),
        (300, "minute", 213, 0.0),
        (80, "sliding", 600, 0.25),
        (300, "sliding", 1000, 0.25),
    ],
)
def test_estimate_at_the_start_and_midway(limit, kind, requests, share):
    others = with_others(limit, share, SEED, requests) if share else []
    scenario = Scenario(limit, kind, start=15.0, requests=requests, seed=SEED, others=others)
    outcome = run(scenario)
    midway = next(entry for entry in outcome.estimates if entry[1] >= requests // 2)
    for time, _, estimate in (outcome.estimates[0], midway):
        assert estimate == pytest.approx(outcome.seconds - time, rel=0.2)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("start", [0.0, 20.0, 55.0])
@pytest.mark.parametrize(("limit", "requests"), [(30, 40), (80, 213), (300, 400), (300, 213)])
def test_an_estimate_is_right_or_said_to_be_a_bound(limit, requests, kind, start):
    class Noting(Pacer):
        bounds: list[bool] = []  # noqa: RUF012  # one pacer is made of it

        def seconds_left(self, now):
            self.bounds.append(self.at_most(now))
            return super().seconds_left(now)

    outcome = Run(Scenario(limit, kind, start=start, requests=requests), Noting(rng=random.Random(1))).go()
    for (time, _, estimate), bound in zip(outcome.estimates, Noting.bounds, strict=True):
        off = estimate - (outcome.seconds - time)
        assert off >= -2.0
        assert bound or off <= 2.0, f"{off:.0f} s too long at {time:.0f} s"
    assert Noting.bounds[0] is (requests > limit)
    assert not Noting.bounds[-1]


def test_estimate_without_plan_or_limit_and_while_blocked():
    pacer, now = Pacer(rng=random.Random(1)), MONOTONIC
    assert pacer.seconds_left(now) == 0.0
    pacer.plan(80)
    assert 0.0 < pacer.seconds_left(now) < 5.0
    pacer.refused(pacer.sent(now), now, Limits(None, None, None), 50.0)
    assert pacer.seconds_left(now) >= 50.0
    pacer.plan(0)
    assert pacer.seconds_left(now) == 0.0
    assert math.isfinite(pacer.delay(now))
