"""The simulated servers refuse what exceeds the limit, and the yardstick is what the limit allows."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from audit.client.pacing import Limits
from tests.client.pacing_servers import KINDS, WINDOW, Run, Scenario, shortest, steady


class Even:
    """A naive pacer: one request each 60/L s, whatever the answers say."""

    def __init__(self, limit: int) -> None:
        self._gap = WINDOW / limit
        self._next = -math.inf

    def plan(self, requests: int) -> None:
        """Ignored."""

    def delay(self, now: float) -> float:
        return max(0.0, self._next - now)

    def sent(self, now: float) -> int:
        self._next = now + self._gap
        return 0

    def answered(self, ticket: int, now: float, limits: Limits) -> None:
        """Ignored."""

    def refused(self, ticket: int, now: float, limits: Limits, retry_after: float | None) -> None:
        self._next = max(self._next, now + (retry_after or 1.0))

    def lost(self, ticket: int, now: float) -> None:
        """Ignored."""

    def seconds_left(self, now: float) -> float:
        return 0.0


class Greedy(Even):
    """A naive pacer: sends at once, and waits only when refused."""

    def __init__(self) -> None:
        super().__init__(1)
        self._gap = 0.0


@pytest.mark.parametrize("kind", KINDS)
def test_server_refuses_a_greedy_sender(kind):
    outcome = Run(Scenario(30, kind, requests=60), Greedy()).go()
    assert outcome.refusals > 0


@pytest.mark.parametrize("kind", KINDS)
def test_server_refuses_an_even_sender_that_ignores_others(kind):
    scenario = Scenario(80, kind, requests=213, others=steady(24.0, 600.0, 70_000))
    assert Run(scenario, Even(80)).go().refusals > 0


def test_even_sender_wastes_most_of_a_short_run():
    scenario = Scenario(300, "minute", start=5.0, requests=213)
    assert Run(scenario, Even(300)).go().seconds > 5 * shortest(scenario)


@pytest.mark.parametrize("kind", KINDS)
def test_server_accepts_exactly_the_limit(kind):
    outcome = Run(Scenario(30, kind, start=1.0, requests=30, concurrency=1), Greedy()).go()
    assert outcome.refusals == 0
    outcome = Run(Scenario(30, kind, start=1.0, requests=31, concurrency=1), Greedy()).go()
    assert outcome.refusals == 1


@pytest.mark.parametrize(
    ("kind", "start", "requests", "least"),
    [
        ("sliding", 0.0, 60, 60.0),
        ("sliding", 0.0, 61, 120.0),
        ("opened", 0.0, 91, 180.0),
        ("minute", 20.0, 60, 40.0),
        ("minute", 20.0, 91, 160.0),
        ("phase", 20.0, 60, 22.7),
    ],
)
def test_yardstick_is_the_obvious_bound(kind, start, requests, least):
    assert least <= shortest(Scenario(30, kind, start=start, requests=requests)) <= least + 3.0


def test_yardstick_counts_others_in_every_sliding_window():
    # 10 others at 30 s, in every window that ends between 30 and 90 s: 20 of ours at 0, at 60 and at 90 s.
    others = [30.0 + i / 100 for i in range(10)]
    for requests, least in ((20, 0.0), (40, 60.0), (50, 90.0)):
        assert least <= shortest(Scenario(30, "sliding", requests=requests, others=others)) <= least + 1.5


def test_yardstick_for_a_window_opened_by_us_before_others_come():
    others = [61.5 + i * 0.001 for i in range(70)]
    assert 240.0 <= shortest(Scenario(80, "opened", requests=330, others=others)) <= 245.0


def test_yardstick_without_foresight_spares_a_place_and_a_whole_length():
    # One other at 50 s; the window ends at 20 s, the next one holds 29, 28 without foresight.
    scenario = Scenario(30, "minute", start=40.0, requests=59, others=[50.0])
    assert 20.0 <= shortest(scenario) <= 22.0
    assert 80.0 <= shortest(scenario, foresight=False) <= 82.0
    # Before 20 s: 30 with foresight, else 28, as the window might last until the other comes.
    early = replace(scenario, requests=29)
    assert shortest(early) <= 2.0
    assert 20.0 <= shortest(early, foresight=False) <= 22.0


@pytest.mark.parametrize("kind", KINDS)
def test_yardstick_alone_needs_no_foresight(kind):
    scenario = Scenario(30, kind, start=40.0, requests=100)
    assert shortest(scenario) == shortest(scenario, foresight=False)
