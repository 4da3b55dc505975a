"""Counting: strict, per key, in both kinds of window, and told in the headers of every answer."""

from __future__ import annotations

import pytest

from tests.sandbox.asgi import ask

ACCOUNT = "/api/user/account/subscription"
TOO_MANY = {"code": "429", "msg": "Too many requests"}


class Clock:
    def __init__(self, at: float) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


def counts(answer) -> tuple[str, str]:
    return answer.headers["api-key-max-limit"], answer.headers["api-key-use-limit"]


@pytest.mark.parametrize(
    ("plan", "limit"), [("hobbyist", 30), ("startup", 80), ("standard", 300), ("professional", 1200)]
)
def test_limit_of_each_plan(sandbox, plan, limit):
    app = sandbox()
    assert counts(ask(app, ACCOUNT, key=f"sandbox-{plan}")) == (str(limit), "1")


def test_enterprise_is_told_a_generous_limit(sandbox):
    assert counts(ask(sandbox(), ACCOUNT, key="sandbox-enterprise")) == ("6000", "1")


@pytest.mark.parametrize("window", ["fixed", "sliding"])
def test_one_more_than_the_limit_is_refused_and_not_counted(sandbox, window):
    app = sandbox(window=window)
    for number in range(1, 31):
        answer = ask(app, ACCOUNT, key="sandbox-hobbyist")
        assert (answer.body["code"], counts(answer)) == ("0", ("30", str(number)))
    for _ in range(3):
        refused = ask(app, ACCOUNT, key="sandbox-hobbyist")
        assert (refused.status, refused.body, counts(refused)) == (200, TOO_MANY, ("30", "30"))
    assert ask(app, ACCOUNT, key="sandbox-startup").body["code"] == "0"


def test_refused_with_the_status_when_statuses_match(sandbox):
    app = sandbox(statuses="matching")
    statuses = [ask(app, ACCOUNT, key="sandbox-hobbyist").status for _ in range(31)]
    assert statuses == [200] * 30 + [429]


def test_fixed_windows_begin_with_the_minute(sandbox):
    clock = Clock(1_790_000_159.9)
    assert clock.at % 60 > 59
    app = sandbox(now=clock, window="fixed")
    for _ in range(31):
        last = ask(app, ACCOUNT, key="sandbox-hobbyist")
    assert last.body == TOO_MANY
    clock.at += 0.2  # the next minute has begun
    assert counts(ask(app, ACCOUNT, key="sandbox-hobbyist")) == ("30", "1")


def test_sliding_window_looks_back_a_minute(sandbox):
    clock = Clock(1_790_000_100.0)
    app = sandbox(now=clock, window="sliding")
    for _ in range(30):
        ask(app, ACCOUNT, key="sandbox-hobbyist")
        clock.at += 1
    assert ask(app, ACCOUNT, key="sandbox-hobbyist").body == TOO_MANY
    clock.at = 1_790_000_159.99
    assert ask(app, ACCOUNT, key="sandbox-hobbyist").body == TOO_MANY
    clock.at = 1_790_000_160.0  # the first of the thirty is a minute old
    answer = ask(app, ACCOUNT, key="sandbox-hobbyist")
    assert (answer.body["code"], counts(answer)) == ("0", ("30", "30"))
    assert ask(app, ACCOUNT, key="sandbox-hobbyist").body == TOO_MANY


def test_refusals_for_other_reasons_are_counted(sandbox):
    app = sandbox()
    ask(app, "/api/futures/open-interest/history", key="sandbox-hobbyist")
    assert counts(ask(app, ACCOUNT, key="sandbox-hobbyist")) == ("30", "2")


def test_counting_without_enforcing(sandbox):
    app = sandbox(enforce_limits=False)
    answers = [ask(app, ACCOUNT, key="sandbox-hobbyist") for _ in range(40)]
    assert all(answer.body["code"] == "0" for answer in answers)
    assert counts(answers[-1]) == ("30", "40")


def test_every_answer_to_a_known_key_has_the_headers(sandbox):
    app = sandbox()
    for path in (ACCOUNT, "/api/futures/open-interest/history", "/api/nowhere"):
        answer = ask(app, path, key="sandbox-hobbyist")
        assert answer.headers["api-key-max-limit"] == "30"
        assert answer.headers["date"] == "Mon, 21 Sep 2026 14:15:23 GMT"
        assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("key", [None, "unheard-of"])
def test_no_limit_is_told_without_a_known_key(sandbox, key):
    answer = ask(sandbox(), ACCOUNT, key=key)
    assert not [name for name in answer.headers if name.startswith("api-key")]
    assert answer.headers["date"] == "Mon, 21 Sep 2026 14:15:23 GMT"
