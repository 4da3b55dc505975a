"""Small Runs for the tests of outputs: a few operations, and whatever a case changes about them."""

from __future__ import annotations

from typing import Any

from audit.model import (
    Advice,
    Alternative,
    Because,
    Decision,
    Finding,
    IntervalFloor,
    KeyFacts,
    Location,
    Observation,
    Outcome,
    PlanFacts,
    Promise,
    Proof,
    Run,
    Scanned,
    Severity,
    SpecFacts,
    Target,
    TargetKind,
    Tool,
    Use,
    UsedWaiver,
    Verdict,
    Waiver,
    WaiverState,
    sort_findings,
)

PLANS = ("small", "middle", "large")
LIVE = Target(kind=TargetKind.LIVE, base_url="https://api.example.test")
SANDBOX = Target(kind=TargetKind.SANDBOX, base_url="in-process sandbox")
REMEDY = "Check the plan with `coinglass-audit key`."


def promise(operation: str, group: str = "prices", first: str = "small", **changes: Any) -> Promise:
    """A promise that the plan ``first`` and all after it may call the operation."""
    rank = PLANS.index(first)
    given: dict[str, Any] = {
        "operation": operation,
        "path": f"/api/{operation.replace('_', '/')}",
        "group": group,
        "title": f"What {operation} is about",
        "plans": {name: index >= rank for index, name in enumerate(PLANS)},
    }
    return Promise(**{**given, **changes})


def observation(operation: str, verdict: Verdict = Verdict.AVAILABLE, **changes: Any) -> Observation:
    """An answer as promised; ``expected`` is the verdict unless told otherwise."""
    refused = verdict in (Verdict.PLAN_GATED, Verdict.INTERVAL_GATED)
    given: dict[str, Any] = {
        "operation": operation,
        "method": "GET",
        "path": f"/api/{operation.replace('_', '/')}",
        "params": {"symbol": "BTC"},
        "expected": verdict,
        "verdict": verdict,
        "http_status": 200,
        "code": "401" if refused else "0",
        "message": "not in your plan" if refused else "success",
        "rows": 12 if verdict is Verdict.AVAILABLE else 0,
        "bytes": 1234,
        "latency_ms": 12.3,
    }
    return Observation(**{**given, **changes})


def finding(operation: str | None = "prices_history", **changes: Any) -> Finding:
    """A refusal of what is promised."""
    given: dict[str, Any] = {
        "rule": "plan-mismatch",
        "severity": Severity.ERROR,
        "message": "middle promises it, the API refuses it as above the plan",
        "operation": operation,
        "evidence": f'GET /api/{operation}?symbol=BTC -> HTTP 200, code 401, "not in your plan"',
        "remedy": REMEDY,
    }
    return Finding(**{**given, **changes})


def key(**changes: Any) -> KeyFacts:
    """A key of the middle plan, proved three ways."""
    given: dict[str, Any] = {
        "plan": "middle",
        "proofs": (
            Proof(way="subscription", plan="middle", evidence="account: level MIDDLE"),
            Proof(way="rate-limit", plan="middle", evidence="limit header 80"),
            Proof(way="witness", plan="middle", evidence="prices_list available, depth_map plan_gated"),
        ),
        "agree": True,
        "expires_at": "2027-01-31T00:00:00Z",
        "expired": False,
        "requests_per_minute": 80,
        "header": "EXAMPLE-KEY",
        "variable": "EXAMPLE_KEY",
    }
    return KeyFacts(**{**given, **changes})


def run(**changes: Any) -> Run:
    """A live run in which everything answered as promised; ``findings`` are sorted."""
    given: dict[str, Any] = {
        "tool": Tool(name="coinglass-audit", version="1.2.3"),
        "started_at": "2026-09-01T10:00:00Z",
        "finished_at": "2026-09-01T10:02:05Z",
        "target": LIVE,
        "plan": PlanFacts(declared="middle", detected="middle", requests_per_minute=80),
        "key": key(),
        "spec": SpecFacts(title="Example API", version="4", sha256="ab" * 32, operations=5),
        "promises": (
            promise("prices_list"),
            promise("prices_history", interval_floor={"small": "4h", "middle": "30m", "large": None}),
            promise("depth_book", "depth", "middle"),
            promise("depth_map", "depth", "large"),
            promise("news_list", "news"),
        ),
        "observations": (
            observation("depth_book"),
            observation("depth_map", Verdict.PLAN_GATED),
            observation("news_list", Verdict.EMPTY, expected=Verdict.AVAILABLE),
            observation("prices_history", interval="1d"),
            observation("prices_history", Verdict.INTERVAL_GATED, interval="15m"),
            observation("prices_history", interval="30m"),
            observation("prices_list"),
        ),
        "interval_floors": (
            IntervalFloor(
                family="prices", operation="prices_history", promised="30m", observed="30m", settled=True
            ),
        ),
        "decision": Decision(outcome=Outcome.GO, reasons=("All 5 operations answered as promised.",)),
    }
    built = {**given, **changes}
    built["findings"] = sort_findings(list(built.get("findings", ())))
    return Run(**built)


def no_go() -> Run:
    """The middle plan refuses what it promises; in the sandbox."""
    return run(
        target=SANDBOX,
        key=key(
            agree=False,
            proofs=(
                Proof(way="subscription", plan="middle", evidence="account: level MIDDLE"),
                Proof(way="rate-limit", plan="small", evidence="limit header 30"),
                Proof(way="witness", plan=None, evidence="prices_list was not asked"),
            ),
        ),
        observations=(
            observation("depth_book", Verdict.PLAN_GATED, expected=Verdict.AVAILABLE),
            observation("depth_map", Verdict.PLAN_GATED),
            observation("news_list", Verdict.SERVER_ERROR, expected=Verdict.AVAILABLE, http_status=500),
            observation(
                "prices_history",
                Verdict.BAD_REQUEST,
                attempts=0,
                http_status=None,
                code=None,
                message="no such pair",
            ),
            observation("prices_list"),
        ),
        interval_floors=(
            IntervalFloor(
                family="prices", operation="prices_history", promised="30m", observed="4h", settled=True
            ),
            IntervalFloor(family="depth", operation="depth_map", promised="1m", observed=None, settled=False),
        ),
        findings=(
            finding("depth_book"),
            finding(
                "news_list",
                rule="server-fault",
                message="the server failed (3 attempts)",
                remedy="Run again.",
            ),
            finding(
                "prices_list",
                rule="field-unknown",
                severity=Severity.NOTE,
                message="data[].x is not documented",
            ),
            finding(
                None,
                severity=Severity.WARNING,
                message="the proofs of the key's plan disagree",
                evidence=None,
            ),
        ),
        decision=Decision(
            outcome=Outcome.NO_GO,
            reasons=("plan-mismatch: depth_book: refused.", "server-fault: news_list: the server failed."),
        ),
    )


def waived() -> Run:
    """The same, with its errors waived: one waiver holds, one has expired, one fits nothing."""
    base = no_go()
    known: dict[str, Any] = {"reason": "Support knows: case 7 | open.", "by": "Ada", "until": "2026-12-31"}
    both = Waiver(rule="plan-mismatch", operation="depth_*", **known)
    fault = Waiver(rule="server-fault", **{**known, "until": "2026-08-31"})
    unused = Waiver(rule="stale-data", file="src/*", **known)
    held = [(both, WaiverState.HOLDS, 1), (fault, WaiverState.EXPIRED, 1), (unused, WaiverState.UNUSED, 0)]
    findings = [
        one.model_copy(update={"waived": both}) if one.operation == "depth_book" else one
        for one in base.findings
    ]
    return base.model_copy(
        update={
            "findings": sort_findings(findings),
            "decision": Decision(outcome=Outcome.NO_GO, reasons=base.decision.reasons[1:]),
            "waivers": tuple(
                UsedWaiver(**waiver.model_dump(), state=state, findings=count)
                for waiver, state, count in held
            ),
        }
    )


def incomplete() -> Run:
    """Two operations did not answer, the rest was not asked."""
    return run(
        plan=PlanFacts(declared="middle"),
        observations=(
            observation("prices_history"),
            observation(
                "prices_list",
                Verdict.UNREACHABLE,
                expected=Verdict.AVAILABLE,
                http_status=None,
                code=None,
                message="connection reset",
            ),
        ),
        interval_floors=(),
        key=None,
        decision=Decision(
            outcome=Outcome.INCOMPLETE,
            reasons=("Nothing is known of 1 request without an answer: prices_list.",),
        ),
    )


def empty() -> Run:
    """Nothing was promised, asked or found."""
    return run(
        target=Target(kind=TargetKind.CASSETTE, base_url=None),
        plan=PlanFacts(),
        key=None,
        promises=(),
        observations=(),
        interval_floors=(),
        decision=Decision(outcome=Outcome.INCOMPLETE, reasons=("No operation was audited; check --only.",)),
    )


def flood() -> Run:
    """158 operations, each refused in the same words."""
    names = [f"prices_of_{number:03}" for number in range(158)]
    return run(
        promises=tuple(promise(name) for name in names),
        observations=tuple(
            observation(name, Verdict.PLAN_GATED, expected=Verdict.AVAILABLE) for name in names
        ),
        findings=tuple(finding(name) for name in names),
        decision=Decision(outcome=Outcome.NO_GO, reasons=("plan-mismatch: everywhere.",)),
    )


OLD = "/api/prices/old-history"
CODE = {
    "uses": (
        Use(file="bot.py", line=3, path=OLD, operation="prices_history", status="legacy", min_plan="small"),
        Use(
            file="bot.py",
            line=12,
            path="/api/depth/map",
            operation="depth_map",
            status="current",
            min_plan="large",
        ),
        Use(
            file="src/job.ts", line=7, path=OLD, operation="prices_history", status="legacy", min_plan="small"
        ),
    ),
    "findings": (
        *(
            finding(
                None,
                rule="legacy-endpoint",
                message=f"{OLD} is /api/prices/history today",
                location=Location(file=file, line=line, column=8),
                legacy=OLD,
                replacement="/api/prices/history",
                evidence=f'get("{OLD}")',
                remedy="Ask for /api/prices/history.",
            )
            for file, line in (("bot.py", 3), ("src/job.ts", 7))
        ),
        finding(
            None,
            rule="legacy-endpoint",
            message="/api/prices/mood has no equal today",
            location=Location(file="bot.py", line=20, column=1),
            legacy="/api/prices/mood",
            certain=False,
            evidence=None,
            remedy="Take it out.",
        ),
        finding(
            "depth_map",
            rule="plan-gated",
            message="depth_map is promised from large on; the plan is middle",
            location=Location(file="bot.py", line=12, column=9),
            evidence='get("/api/depth/map")',
            remedy="Use another operation, or the plan large.",
        ),
        finding(
            None,
            rule="missing-timeout",
            severity=Severity.WARNING,
            message="no timeout",
            location=Location(file="bot.py", line=12, column=1),
            evidence=None,
            remedy="Give one.",
        ),
    ),
    "advice": Advice(
        minimum_plan="large",
        because=(Because(operation="depth_map", file="bot.py", line=12, plan="large"),),
        alternatives=(
            Alternative(
                plan="middle",
                without=("depth_map",),
                stand_ins={"depth_map": ("depth_book",)},
                lacks={"depth_map": "The book as it stands, not the map."},
            ),
            Alternative(plan="small", without=("depth_map",), wider={"prices_history": "4h"}),
        ),
    ),
    "scanned": Scanned(paths=(".",), files=9, read=2, read_as_text=("src/job.ts",), skipped={"binary": 1}),
}


def code() -> Run:
    """Code that relies on what is gone, and on more than its plan opens."""
    return run(
        **CODE,
        target=Target(kind=TargetKind.CODE),
        plan=PlanFacts(declared="middle"),
        key=None,
        promises=(),
        observations=(),
        interval_floors=(),
        decision=Decision(outcome=Outcome.NO_GO, reasons=("4 findings: legacy-endpoint, plan-gated.",)),
    )


def both() -> Run:
    """An API that answers as promised, and code that asks for more; in the sandbox."""
    return run(
        **CODE,
        target=SANDBOX,
        decision=Decision(
            outcome=Outcome.NO_GO,
            reasons=(
                "Code: 4 findings: legacy-endpoint, plan-gated.",
                "All 5 operations answered as promised.",
            ),
        ),
    )


CASES = {
    "go": run,
    "no-go": no_go,
    "waived": waived,
    "incomplete": incomplete,
    "empty": empty,
    "flood": flood,
    "code": code,
    "both": both,
}
