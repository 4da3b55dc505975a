"""Which plan a key has, proved three ways from what was observed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from audit.model import KeyFacts, Observation, Proof, Verdict
from audit.probe.asker import Result
from audit.probe.reading import clip
from audit.spec.catalog import Spec
from audit.spec.operations import Operation


def key_operations(spec: Spec) -> list[Operation]:
    """Return what is asked to know a key: the account, and one witness for each plan boundary.

    The first plan needs no witness (any answer proves it), and a plan that opens no operation of
    its own has none, so a ladder of five plans takes four requests.
    """
    account = spec.provider.account
    found = [spec.operations[account.operation]] if account and account.operation in spec.operations else []
    return found + list(witnesses(spec).values())


def witnesses(spec: Spec) -> dict[str, Operation]:
    """Return plan -> the operation that this plan is the first to open, cheapest plan first."""
    by_plan = {op.min_plan: op for op in reversed(list(spec.operations.values())) if op.witness}
    return {name: by_plan[name] for name in spec.ladder.names if name in by_plan}


def key_facts(spec: Spec, results: Mapping[str, Result]) -> KeyFacts:
    """Weigh the three proofs; a proof that could not be had names no plan and says why."""
    account = _account(spec, results)
    rate = _rate(spec, results.values())
    witness = _witness(spec, results)
    named = [proof.plan for proof in (account, rate, witness) if proof.plan]
    facts = _account_facts(spec, results)
    return KeyFacts(
        # A limit is stated to a key without a plan as well.
        plan=_verdict(spec, account, rate, witness) if _worked(results) else None,
        proofs=(account, rate, witness),
        agree=_agree(spec, account, rate, witness) and bool(named),
        expires_at=facts.get("expires_at"),
        expired=facts.get("expired"),
        requests_per_minute=_limit(results.values()),
        header=spec.provider.key_header,
        variable=spec.provider.key_variable,
    )


def account_facts(spec: Spec, body: Any) -> dict[str, Any]:
    """Return level, expiry (ISO 8601 UTC) and whether it has passed, from an account answer."""
    names = spec.provider.account
    data = body.get(spec.provider.envelope.data) if isinstance(body, dict) else None
    if names is None or not isinstance(data, dict):
        return {}
    level, expires, expired = (data.get(name) for name in (names.level, names.expires, names.expired))
    return {
        "level": clip(level) if isinstance(level, str) else None,
        "expires_at": _iso(expires),
        "expired": expired if isinstance(expired, bool) else None,
    }


def _iso(moment: Any) -> str | None:
    if isinstance(moment, bool) or not isinstance(moment, int | float):
        return None
    try:
        return datetime.fromtimestamp(moment / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, OSError, ValueError):
        return None


def _account_facts(spec: Spec, results: Mapping[str, Result]) -> Mapping[str, Any]:
    account = spec.provider.account
    result = results.get(account.operation) if account else None
    facts = result.facts.get("account") if result else None
    return facts or {}


def _account(spec: Spec, results: Mapping[str, Result]) -> Proof:
    account = spec.provider.account
    result = results.get(account.operation) if account else None
    if account is None or result is None:
        return Proof(way="subscription", plan=None, evidence="not asked")
    level = _account_facts(spec, results).get("level")
    if level is None:
        return Proof(
            way="subscription", plan=None, evidence=f"{account.operation}: {_said(result.observation)}"
        )
    plan = spec.ladder.by_level(level)
    evidence = f"{account.operation}: {account.level} {level}"
    if plan is None:
        evidence += f", which is none of {', '.join(spec.ladder.names)}"
    return Proof(way="subscription", plan=plan.name if plan else None, evidence=evidence)


def _limit(results: Iterable[Result]) -> int | None:
    stating = [result for result in results if result.facts.get("limit") is not None]
    return max(stating, key=lambda result: result.at).facts["limit"] if stating else None


def _rate(spec: Spec, results: Iterable[Result]) -> Proof:
    header = spec.provider.rate_limit.limit
    limit = _limit(results)
    if limit is None:
        return Proof(way="rate-limit", plan=None, evidence=f"no answer carried {header}")
    plan = spec.ladder.by_rate(limit)
    if plan is not None:
        return Proof(way="rate-limit", plan=plan.name, evidence=f"{header} {limit}")
    open_plan = next((row for row in spec.ladder.plans if row.requests_per_minute is None), None)
    highest = max((row.requests_per_minute or 0 for row in spec.ladder.plans), default=0)
    if open_plan is not None and limit > highest:
        return Proof(
            way="rate-limit", plan=open_plan.name, evidence=f"{header} {limit}, above every published limit"
        )
    return Proof(
        way="rate-limit", plan=None, evidence=f"{header} {limit}, which is no plan's published limit"
    )


def _witness(spec: Spec, results: Mapping[str, Result]) -> Proof:
    """Walk up the ladder while witnesses answer."""
    reached = None
    said = []
    for plan, operation in witnesses(spec).items():
        result = results.get(operation.id)
        if result is None:
            return Proof(way="witness", plan=None, evidence=f"{operation.id} was not asked")
        verdict = result.observation.verdict
        said.append(f"{operation.id} {verdict}")
        if verdict in (Verdict.AVAILABLE, Verdict.EMPTY):
            reached = plan
        elif verdict is Verdict.PLAN_GATED:
            break
        else:
            return Proof(way="witness", plan=None, evidence=", ".join(said))
    if reached is None:
        reached = spec.ladder.names[0] if _worked(results) else None
    return Proof(way="witness", plan=reached, evidence=", ".join(said))


def _worked(results: Mapping[str, Result]) -> bool:
    return any(r.observation.verdict in (Verdict.AVAILABLE, Verdict.EMPTY) for r in results.values())


def _agree(spec: Spec, account: Proof, rate: Proof, witness: Proof) -> bool:
    if None in (account.plan, rate.plan, witness.plan):
        return False
    return account.plan == rate.plan and _same_reach(spec, account.plan, witness.plan)


def _same_reach(spec: Spec, plan: str | None, witness: str | None) -> bool:
    """Whether a plan opens just what the witnesses showed; the dearest plans may open the same."""
    if plan is None or witness is None:
        return False
    opened = [name for name in spec.ladder.names if name in witnesses(spec)]
    highest = [name for name in opened if spec.ladder.get(name).rank <= spec.ladder.get(plan).rank]
    return (highest[-1] if highest else spec.ladder.names[0]) == witness


def _verdict(spec: Spec, account: Proof, rate: Proof, witness: Proof) -> str | None:
    """What the key can do outweighs what is said about it, unless the word is finer than the deed."""
    if witness.plan is None:
        return account.plan or rate.plan
    for proof in (account, rate):
        if _same_reach(spec, proof.plan, witness.plan):
            return proof.plan
    return witness.plan


def _said(observation: Observation) -> str:
    return f"{observation.verdict}" + (f" ({observation.message})" if observation.message else "")
