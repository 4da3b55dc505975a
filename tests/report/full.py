"""A Run that has everything a page can show."""

from __future__ import annotations

from typing import Any

from audit.history.entry import entry_of
from audit.model import (
    Against,
    Freshness,
    JudgedClaim,
    LimitUse,
    Location,
    Observation,
    PresetFacts,
    Promise,
    Readiness,
    ReadinessLine,
    Run,
    Severity,
    Standing,
    StreamFacts,
    Verdict,
)
from audit.report.trend import with_earlier
from tests.report.factory import CODE, finding, observation, promise, run, waived

KNOWN = Against(standing=Standing.CONFIRMED, evidence="promised from small on")
OTHERWISE = Against(standing=Standing.CONTRADICTED, evidence="observed plan_gated")
SILENT = Against(standing=Standing.NOT_CHECKABLE, evidence="not asked")


def claim(name: str, promised: Against, observed: Against, standing: Standing) -> JudgedClaim:
    """What a document states, and how it stands."""
    return JudgedClaim(
        id=name,
        kind="plan",
        says=f"Claim {name} about the plan.",
        source=Location(file="notes.md", line=7),
        ledger="claims.yaml",
        severity=Severity.WARNING,
        standing=standing,
        promised=promised,
        observed=observed,
    )


def full(**changes: Any) -> Run:
    """A no-go in the sandbox with code, claims, checklists, waivers, ages, a preset and a commit."""
    base = waived()
    given: dict[str, Any] = {
        **{
            name: getattr(base, name)
            for name in ("target", "key", "observations", "interval_floors", "waivers")
        },
        "decision": base.decision,
        "uses": CODE["uses"],
        "advice": CODE["advice"],
        "scanned": CODE["scanned"],
        "findings": (*base.findings, *CODE["findings"], finding("prices_list", rule="field-missing")),  # type: ignore[misc]
        "commit": "ab" * 20 + "+",
        "cassettes": "cd" * 32,
        "freshness": (
            Freshness(
                operation="prices_list", newest="2026-09-01T09:00:00Z", age_seconds=3600, allowed_seconds=1800
            ),
            Freshness(
                operation="depth_book",
                interval="4h",
                newest="2026-09-01T08:00:00Z",
                age_seconds=7200,
                allowed_seconds=28920,
            ),
        ),
        "streams": (
            StreamFacts(
                channel="trades",
                name="trades@Example_BTCUSDT",
                bound_seconds=60,
                first_seconds=0.25,
                messages=1200,
                rows=3600,
                pings=2,
                pongs=1,
                gap_seconds=1.5,
                unsubscribed=True,
                url="wss://stream.example.test/ws",
                subscribe='{"method":"subscribe","channels":["trades@Example_BTCUSDT"]}',
            ),
        ),
        "limit_use": tuple(LimitUse(after_seconds=at, used=at + 1, limit=80) for at in range(5)),
        "claims": (
            claim("001-1", KNOWN, SILENT, Standing.CONFIRMED),
            claim("001-2", KNOWN, OTHERWISE, Standing.CONTRADICTED),
            claim("001-3", SILENT, SILENT, Standing.NOT_CHECKABLE),
        ),
        "readiness": tuple(
            ReadinessLine(
                id=f"r{number}",
                checklist="Before going live",
                says=f"Line {number}.",
                source=Location(file="notes.md", line=number),
                status=status,
                evidence="seen",
            )
            for number, status in enumerate(Readiness, 1)
        ),
        "preset": PresetFacts(
            name="pulse",
            title="The pulse",
            commands={
                "Prices": "curl --get https://api.example.test/api/prices \\\n  --data-urlencode symbol=BTC"
            },
            refusals={
                Verdict.PLAN_GATED: {"sign": "code 401", "meaning": "above the plan", "action": "upgrade"}
            },
        ),
    }
    now = run(**{**given, **changes})
    before = now.model_copy(update={"started_at": "2026-08-31T10:00:00Z", "findings": ()})
    return with_earlier(now, [entry_of(before)])


def large(operations: int = 1000, findings: int = 5000) -> Run:
    """A big API on which everything goes wrong in several ways, at every place in words of its own."""
    rules = ("plan-mismatch", "field-missing", "field-type", "series-order", "stale-data")
    names = [f"futures_market_{number // 20:02}_history_of_thing_{number:04}" for number in range(operations)]
    promises: list[Promise] = []
    seen: list[Observation] = []
    for number, name in enumerate(names):
        first = ("small", "middle", "large")[number % 3]
        plans = {f"plan-{rank}": rank >= number % 5 for rank in range(5)}
        promises.append(promise(name, f"futures/market-{number // 20:02}", first, plans=plans))
        verdict = Verdict.AVAILABLE if number % 3 else Verdict.PLAN_GATED
        params = {"exchange": "Binance", "symbol": "BTCUSDT", "interval": "4h", "limit": "100"}
        seen.append(observation(name, verdict, params=params, latency_ms=float(number % 400)))
    found = tuple(
        finding(
            names[number % operations],
            rule=rules[number // operations % len(rules)],
            message=f"data[].field_{number:04}_of_the_answer is absent in {number} rows",
            evidence=f"GET /api/{names[number % operations].replace('_', '/')}"
            "?exchange=Binance&symbol=BTCUSDT&interval=4h&limit=100",
        )
        for number in range(findings)
    )
    base = run()
    return run(
        promises=tuple(promises),
        observations=tuple(seen),
        findings=found,
        interval_floors=(),
        plan=base.plan.model_copy(update={"declared": "plan-2", "detected": "plan-2"}),
    )
