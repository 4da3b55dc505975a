"""The rules, one file each: what was promised against what was observed, and what code relies on.

A rule's file is named after it. Adding one is writing the file and naming it here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from audit.checks import (
    cassette,
    claim_contradicted,
    drift,
    field_missing,
    field_type,
    field_unknown,
    history_too_short,
    interval_gated,
    interval_mismatch,
    key_expired,
    legacy_auth_header,
    legacy_endpoint,
    legacy_field,
    legacy_host,
    legacy_interval,
    missing_heartbeat,
    missing_required_param,
    missing_resubscribe,
    missing_timeout,
    ohlc_range,
    plan_gated,
    plan_mismatch,
    rate_limit_mismatch,
    secret,
    series_order,
    server_fault,
    stale_data,
    synthetic_data,
    unchecked_envelope,
    unknown_endpoint,
    unreadable_answer,
    wrong_param,
)
from audit.checks.reliance import Reliance
from audit.checks.rule import Rule
from audit.checks.seen import Seen
from audit.model import Finding

# Checks of one answer, in the order they are run.
ANSWER_CHECKS: tuple[Callable[[Seen], Iterator[Finding]], ...] = (
    plan_mismatch.check,
    interval_mismatch.check,
    wrong_param.check,
    unknown_endpoint.check,
    server_fault.check,
    unreadable_answer.check,
    field_missing.check,
    field_type.check,
    field_unknown.check,
    series_order.check,
    stale_data.check,
    ohlc_range.check,
    history_too_short.check,
)

# Checks of source code, in the order they are run.
CODE_CHECKS: tuple[Callable[[Reliance], Iterator[Finding]], ...] = (
    legacy_host.check,
    legacy_endpoint.check,
    unknown_endpoint.check_code,
    wrong_param.check_code,
    missing_required_param.check,
    legacy_interval.check,
    legacy_auth_header.check,
    plan_gated.check,
    interval_gated.check,
    legacy_field.check,
    secret.check,
    synthetic_data.check,
    unchecked_envelope.check,
    missing_timeout.check,
    missing_heartbeat.check,
    missing_resubscribe.check,
)

RULES: dict[str, Rule] = {
    rule.id: rule
    for rule in (
        cassette.RULE,
        claim_contradicted.RULE,
        drift.RULE,
        field_missing.RULE,
        field_type.RULE,
        field_unknown.RULE,
        history_too_short.RULE,
        interval_gated.RULE,
        interval_mismatch.RULE,
        key_expired.RULE,
        legacy_auth_header.RULE,
        legacy_endpoint.RULE,
        legacy_field.RULE,
        legacy_host.RULE,
        legacy_interval.RULE,
        missing_heartbeat.RULE,
        missing_required_param.RULE,
        missing_resubscribe.RULE,
        missing_timeout.RULE,
        ohlc_range.RULE,
        plan_gated.RULE,
        plan_mismatch.RULE,
        rate_limit_mismatch.RULE,
        secret.RULE,
        series_order.RULE,
        server_fault.RULE,
        stale_data.RULE,
        synthetic_data.RULE,
        unchecked_envelope.RULE,
        unknown_endpoint.RULE,
        unreadable_answer.RULE,
        wrong_param.RULE,
    )
}


def check_answer(seen: Seen) -> tuple[Finding, ...]:
    """Return everything that is wrong with one answer."""
    return tuple(finding for check in ANSWER_CHECKS for finding in check(seen))
