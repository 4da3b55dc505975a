"""Judges claims about the API against the promise and, apart from it, against what was observed. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from audit.checks import claims_plans as plans
from audit.checks import claims_shape as shape
from audit.checks import claims_stream as stream
from audit.checks import claims_wire as wire
from audit.checks.grounds import Grounds, silent
from audit.model import Against, JudgedClaim, Location, Standing, TargetKind
from audit.spec.claims import Claim, Ledger
from audit.spec.statements import Person

# A statement of the kind and the grounds go in, how the claim fares on that side comes out.
Judge = Callable[[Any, Grounds], Against]


def unseen(claim: Any, grounds: Grounds) -> Against:
    """What no request of a probe shows."""
    return silent("a probe does not show it")


def person(claim: Person, grounds: Grounds) -> Against:
    """What no machine can check."""
    return silent(claim.why)


@dataclass(frozen=True)
class Kind:
    """How one kind of claim is judged on each side."""

    promised: Judge
    observed: Judge = unseen


KINDS: dict[str, Kind] = {
    "absent": Kind(shape.absent, shape.absent_seen),
    "auth-header": Kind(wire.auth_header, wire.auth_header_seen),
    "authority": Kind(shape.authority, shape.authority_seen),
    "cheapest-plan": Kind(plans.cheapest_plan, plans.cheapest_plan_seen),
    "exists": Kind(shape.exists, shape.exists_seen),
    "field": Kind(shape.field_is, shape.field_seen),
    "floor": Kind(plans.floor, plans.floor_seen),
    "heartbeat": Kind(stream.heartbeat, stream.heartbeat_seen),
    "history": Kind(plans.history),
    "host": Kind(wire.host, wire.host_seen),
    "http-error": Kind(wire.http_error, wire.http_error_seen),
    "interval": Kind(plans.interval, plans.interval_seen),
    "limit": Kind(plans.limit, plans.limit_seen),
    "limit-header": Kind(wire.limit_header, wire.limit_header_seen),
    "max-rows": Kind(shape.max_rows, shape.max_rows_seen),
    "parameter": Kind(shape.parameter, shape.parameter_seen),
    "person": Kind(person),
    "plan": Kind(plans.plan, plans.plan_seen),
    "plan-name": Kind(plans.plan_name),
    "refusal": Kind(wire.refusal, wire.refusal_seen),
    "resubscribe": Kind(stream.resubscribe, stream.resubscribe_seen),
    "stand-in": Kind(shape.stand_in),
    "success": Kind(wire.success, wire.success_seen),
    "symbol": Kind(shape.symbol),
    "time": Kind(shape.time),
    "updates": Kind(plans.updates),
    "values": Kind(shape.values),
    "width": Kind(plans.width, plans.width_seen),
}


def judge(ledger: Ledger, grounds: Grounds) -> tuple[JudgedClaim, ...]:
    """Return every claim of a ledger with how it fares, in the ledger's order."""
    return tuple(_judged(claim, ledger.file, grounds) for claim in ledger.claims)


def _judged(claim: Claim, file: str, grounds: Grounds) -> JudgedClaim:
    kind = KINDS[claim.kind]
    promised = kind.promised(claim.statement, grounds)
    observed = kind.observed(claim.statement, grounds)
    if grounds.run is not None and not grounds.live and observed.standing is not Standing.NOT_CHECKABLE:
        target = grounds.run.target.kind
        also = ", which answers as promised" if target is TargetKind.SANDBOX else ""
        observed = observed.model_copy(update={"evidence": f"on the {target}{also}: {observed.evidence}"})
    counted = (promised.standing, observed.standing) if grounds.live else (promised.standing,)
    return JudgedClaim(
        id=claim.id,
        kind=claim.kind,
        says=claim.says,
        source=Location(file=claim.document, line=claim.line),
        ledger=file,
        severity=claim.severity,
        standing=_together(*counted),
        promised=promised,
        observed=observed,
        why=claim.why,
    )


def _together(*standings: Standing) -> Standing:
    """Contradicted where either side contradicts, confirmed where one confirms and none contradicts."""
    for standing in (Standing.CONTRADICTED, Standing.CONFIRMED):
        if standing in standings:
            return standing
    return Standing.NOT_CHECKABLE
