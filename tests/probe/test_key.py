"""A key's plan, proved three ways: what each proof says, and who is believed when they disagree."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from audit.client.secret import Secret
from audit.jobs.probing import Audited, check_key
from audit.jobs.settings import Settings, aim
from audit.model import KeyFacts, Observation, Outcome, Verdict
from audit.probe.asker import Result
from audit.probe.key import account_facts, key_facts, key_operations, witnesses
from audit.sandbox.app import Sandbox
from audit.sandbox.server import running
from audit.spec.catalog import Spec

OPEN, GATED, BROKEN = Verdict.AVAILABLE, Verdict.PLAN_GATED, Verdict.SERVER_ERROR
REACH = {
    "hobbyist": (GATED, GATED, GATED),
    "startup": (OPEN, GATED, GATED),
    "standard": (OPEN, OPEN, GATED),
    "professional": (OPEN, OPEN, OPEN),
}
NOTHING = (None, None, None)


def result(spec: Spec, name: str, verdict: Verdict, at: float = 0.0, **facts: Any) -> Result:
    operation = spec.operations[name]
    observation = Observation(
        operation=name, method=operation.method, path=operation.path, verdict=verdict, message="words"
    )
    known = {fact: value for fact, value in facts.items() if value is not None}
    return Result(name, observation, (), known, at)


def facts(
    spec: Spec,
    level: str | None,
    limit: int | None,
    reach: tuple[Verdict | None, ...],
    *,
    account: Verdict | None = OPEN,
    **more: Any,
) -> KeyFacts:
    """What is known of a key from these answers; None stands for what was not asked."""
    results = {}
    own = spec.provider.account
    assert own is not None
    if account is not None:
        told = {"level": level, **more} if account is OPEN else None
        results[own.operation] = result(spec, own.operation, account, account=told, limit=limit)
    for operation, verdict in zip(witnesses(spec).values(), reach, strict=True):
        if verdict is not None:
            results[operation.id] = result(spec, operation.id, verdict, limit=limit)
    return key_facts(spec, results)


# level, limit, what the witnesses did -> the three proofs, the plan, whether they agree
CASES: list[tuple[str, Any, Any, Any, tuple[Any, Any, Any], str | None, bool]] = [
    ("hobbyist", "HOBBYIST", 30, REACH["hobbyist"], ("hobbyist",) * 3, "hobbyist", True),
    ("startup", "STARTUP", 80, REACH["startup"], ("startup",) * 3, "startup", True),
    ("standard", "STANDARD", 300, REACH["standard"], ("standard",) * 3, "standard", True),
    ("professional", "PROFESSIONAL", 1200, REACH["professional"], ("professional",) * 3,
     "professional", True),
    ("enterprise opens nothing of its own", "ENTERPRISE", 6000, REACH["professional"],
     ("enterprise", "enterprise", "professional"), "enterprise", True),
    ("small letters", "standard", 300, REACH["standard"], ("standard",) * 3, "standard", True),
    ("the account says less", "STARTUP", 300, REACH["standard"], ("startup", "standard", "standard"),
     "standard", False),
    ("the account says more", "PROFESSIONAL", 300, REACH["standard"],
     ("professional", "standard", "standard"), "standard", False),
    ("the limit says less", "STANDARD", 80, REACH["standard"], ("standard", "startup", "standard"),
     "standard", False),
    ("the witnesses open less than both say", "STANDARD", 300, REACH["startup"],
     ("standard", "standard", "startup"), "startup", False),
    ("the witnesses open more than both say", "STARTUP", 80, REACH["standard"],
     ("startup", "startup", "standard"), "standard", False),
    ("all three differ", "HOBBYIST", 300, REACH["startup"], ("hobbyist", "standard", "startup"),
     "startup", False),
    ("an unknown level", "VIP", 300, REACH["standard"], (None, "standard", "standard"), "standard", False),
    ("no level", None, 300, REACH["standard"], (None, "standard", "standard"), "standard", False),
    ("no limit", "STANDARD", None, REACH["standard"], ("standard", None, "standard"), "standard", False),
    ("a limit of no plan", "STANDARD", 100, REACH["standard"], ("standard", None, "standard"),
     "standard", False),
    ("a limit above all plans", "PROFESSIONAL", 1201, REACH["professional"],
     ("professional", "enterprise", "professional"), "professional", False),
    ("a broken witness", "STANDARD", 300, (OPEN, BROKEN, GATED), ("standard", "standard", None),
     "standard", False),
    ("a broken witness and no level", None, 300, (BROKEN, GATED, GATED), (None, "standard", None),
     "standard", False),
    ("no witness asked", "STANDARD", 300, NOTHING, ("standard", "standard", None), "standard", False),
    ("an empty witness is an open one", "STANDARD", 300, (Verdict.EMPTY, OPEN, GATED), ("standard",) * 3,
     "standard", True),
    ("a hole in the ladder", "STANDARD", 300, (OPEN, GATED, OPEN), ("standard", "standard", "startup"),
     "startup", False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("what", "level", "limit", "reach", "proofs", "plan", "agree"), CASES, ids=[row[0] for row in CASES]
)
def test_three_proofs_and_a_verdict(
    spec: Spec, what: str, level: Any, limit: Any, reach: Any, proofs: Any, plan: str | None, agree: bool
) -> None:
    key = facts(spec, level, limit, reach)
    assert [proof.way for proof in key.proofs] == ["subscription", "rate-limit", "witness"]
    assert tuple(proof.plan for proof in key.proofs) == proofs
    assert (key.plan, key.agree) == (plan, agree)
    assert all(proof.evidence for proof in key.proofs)


def test_an_account_that_refuses_is_no_proof_but_the_others_stand(spec: Spec) -> None:
    key = facts(spec, None, 300, REACH["standard"], account=Verdict.UNAUTHORIZED)
    assert key.proofs[0].plan is None
    assert "unauthorized (words)" in key.proofs[0].evidence
    assert (key.plan, key.agree) == ("standard", False)


def test_nothing_asked_is_nothing_known(spec: Spec) -> None:
    key = key_facts(spec, {})
    assert (key.plan, key.agree, key.expires_at, key.expired, key.requests_per_minute) == (
        None, False, None, None, None,
    )  # fmt: skip
    assert all(proof.plan is None and proof.evidence for proof in key.proofs)


def test_refusals_alone_prove_no_plan_not_even_the_cheapest(spec: Spec) -> None:
    for limit in (None, 30):
        key = facts(spec, None, limit, REACH["hobbyist"], account=GATED)
        assert (key.plan, key.proofs[2].plan) == (None, None)


def test_a_provider_without_an_account_operation_has_two_proofs(spec: Spec) -> None:
    from dataclasses import replace

    bare = replace(spec, provider=replace(spec.provider, account=None))
    names = [operation.id for operation in witnesses(bare).values()]
    assert [operation.id for operation in key_operations(bare)] == names
    results = {
        name: result(bare, name, verdict, limit=300)
        for name, verdict in zip(names, REACH["standard"], strict=True)
    }
    key = key_facts(bare, results)
    assert (key.plan, key.proofs[0].plan, key.agree) == ("standard", None, False)


def test_the_newest_limit_counts(spec: Spec) -> None:
    """A limit that a plan change moved in the middle of a run, whatever the operations are called."""
    first, second, third = (operation.id for operation in witnesses(spec).values())
    results = {
        first: result(spec, first, OPEN, at=2.0, limit=300),
        second: result(spec, second, OPEN, at=3.0, limit=1200),
        third: result(spec, third, OPEN, at=1.0, limit=80),
    }
    assert key_facts(spec, results).requests_per_minute == 1200


def test_expiry_is_carried_over(spec: Spec) -> None:
    key = facts(spec, "STANDARD", 300, REACH["standard"], expires_at="2027-01-01T00:00:00Z", expired=True)
    assert (key.expires_at, key.expired, key.requests_per_minute) == ("2027-01-01T00:00:00Z", True, 300)


# ------------------------------------------------------------------ the account's own answer

FULL = {"level": "PROFESSIONAL", "expire_time": 1805943491000, "expired": False}
ACCOUNTS: list[tuple[Any, dict[str, Any]]] = [
    ({"data": FULL}, {"level": "PROFESSIONAL", "expires_at": "2027-03-25T02:58:11Z", "expired": False}),
    ({"data": {}}, {"level": None, "expires_at": None, "expired": None}),
    ({"data": {"level": 7, "expire_time": "soon", "expired": "no"}},
     {"level": None, "expires_at": None, "expired": None}),
    ({"data": {"level": None, "expire_time": True, "expired": 1}},
     {"level": None, "expires_at": None, "expired": None}),
    ({"data": {"expire_time": 0}}, {"level": None, "expires_at": "1970-01-01T00:00:00Z", "expired": None}),
    ({"data": {"expire_time": 10**30}}, {"level": None, "expires_at": None, "expired": None}),
    ({"data": {"expire_time": 10**400}}, {"level": None, "expires_at": None, "expired": None}),
    ({"data": {"expire_time": float("inf")}}, {"level": None, "expires_at": None, "expired": None}),
    ({"data": [FULL]}, {}), ({"data": None}, {}), ({}, {}), (None, {}), ([], {}),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), ACCOUNTS)
def test_an_account_answer_is_read_as_far_as_it_makes_sense(
    spec: Spec, body: Any, expected: dict[str, Any]
) -> None:
    assert account_facts(spec, body) == expected


def test_a_hostile_level_stays_one_short_line(spec: Spec) -> None:
    level = account_facts(spec, {"data": {"level": "A\nB\x1b[31m" + "x" * 10_000}})["level"]
    assert level.isprintable()
    assert len(level) <= 300


# ------------------------------------------------------------------ asked of a server


class Counting:
    """The stand-in server, and how often it was asked."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.paths: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            self.paths.append(scope["path"])
        await self.app(scope, receive, send)


@contextmanager
def counted(spec: Spec) -> Iterator[tuple[str, Counting]]:
    app = Counting(Sandbox(spec))
    with running(app) as base_url:
        yield base_url, app


def checked(spec: Spec, key: str) -> tuple[Audited, list[str]]:
    with counted(spec) as (base_url, app):
        settings = Settings(base_url=base_url)
        audited = check_key(spec, settings, aim(settings, spec, Secret(key)))
    return audited, app.paths


@pytest.mark.parametrize("plan", ["hobbyist", "startup", "standard", "professional", "enterprise"])
def test_every_plan_is_told_with_five_requests_at_most(spec: Spec, plan: str) -> None:
    audited, paths = checked(spec, f"sandbox-{plan}")
    assert (audited.key.plan, audited.key.agree) == (plan, True)
    assert len(paths) <= 5
    assert len(set(paths)) == len(paths)
    assert audited.run.plan.detected == plan
    assert audited.run.decision.outcome is Outcome.GO, audited.run.decision


@pytest.mark.parametrize(
    ("key", "requests", "plan", "outcome"),
    [
        ("sandbox-wrong", 1, None, Outcome.INCOMPLETE),
        ("sandbox-none", 5, None, Outcome.INCOMPLETE),
        ("sandbox-expired", 5, "hobbyist", Outcome.NO_GO),
    ],
)
def test_a_key_that_opens_nothing_is_never_a_go(
    spec: Spec, key: str, requests: int, plan: str | None, outcome: Outcome
) -> None:
    audited, paths = checked(spec, key)
    assert len(paths) <= requests
    assert audited.key.plan == plan
    assert audited.run.decision.outcome is outcome, audited.run.decision


def test_an_expired_key_is_said_to_be_expired(spec: Spec) -> None:
    audited, _ = checked(spec, "sandbox-expired")
    assert audited.key.expired is True
    assert "key-expired" in {finding.rule for finding in audited.run.findings}
