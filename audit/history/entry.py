"""What a history tells of a run without opening it, and what changed from one run to the next. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import quantiles

from audit.model import SUBSCRIBE, Frozen, Outcome, Run, TargetKind


class Entry(Frozen):
    """One run in a line: when, what was audited, the decision, and how often what was seen.

    ``id`` is 0 before a history gave one. ``series`` is the same for runs that can be compared: of the
    same target, plan, preset and questions. ``requests`` counts those that were sent. ``severities`` and
    ``rules`` count findings that decide; ``waived`` counts the others. Latencies are in milliseconds,
    over the last attempts that got an answer; None where none did. ``spec`` is the digest of the
    description.
    """

    id: int = 0
    series: str
    started_at: str
    finished_at: str
    outcome: Outcome
    reason: str
    target: TargetKind
    base_url: str | None = None
    plan: str | None = None
    preset: str | None = None
    commit: str | None = None
    spec: str
    requests: int
    verdicts: dict[str, int]
    severities: dict[str, int]
    rules: dict[str, int]
    waived: int = 0
    latency_p50_ms: float | None = None
    latency_p95_ms: float | None = None


def entry_of(run: Run) -> Entry:
    """Count what a run holds."""
    half, most = _latency(run)
    standing = [finding for finding in run.findings if finding.waived is None]
    return Entry(
        series=series_of(run),
        started_at=run.started_at,
        finished_at=run.finished_at,
        outcome=run.decision.outcome,
        reason=next(iter(run.decision.reasons), ""),
        target=run.target.kind,
        base_url=run.target.base_url,
        plan=run.plan.declared or run.plan.detected,
        preset=run.preset.name if run.preset else None,
        commit=run.commit,
        spec=run.spec.sha256,
        requests=sum(row.attempts > 0 for row in run.observations),
        verdicts=_counts(row.verdict.value for row in run.observations if row.attempts > 0),
        severities=_counts(finding.severity.value for finding in standing),
        rules=_counts(finding.rule for finding in standing),
        waived=len(run.findings) - len(standing),
        latency_p50_ms=half,
        latency_p95_ms=most,
    )


def series_of(run: Run) -> str:
    """Return a digest that runs share which asked the same of the same: only these make a trend.

    A sandbox may be at another port each time, so its address does not count.
    """
    live = run.target.kind is TargetKind.LIVE
    parts = [
        run.target.kind.value,
        (run.target.base_url or "") if live else "",
        run.plan.declared or run.plan.detected or "",
        run.preset.name if run.preset else "",
        run.spec.title,
        *sorted({row.operation for row in run.observations}),
        "code",
        *(run.scanned.paths if run.scanned else ()),
    ]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:16]


def changes(before: Entry, now: Entry) -> tuple[str, ...]:
    """Say what differs between two runs of a series, the weightiest first."""
    told = [] if before.outcome is now.outcome else [f"{before.outcome} → {now.outcome}"]
    if before.spec != now.spec:
        told.append("another description")
    told += _moved(before.severities, now.severities)
    told += _moved(before.rules, now.rules)
    told += _moved({"waived": before.waived}, {"waived": now.waived})
    told += _moved(before.verdicts, now.verdicts)
    return tuple(told)


def with_changes(entries: Sequence[Entry]) -> Iterator[tuple[Entry, Entry | None]]:
    """Give each entry, oldest first, beside the one before it in its series, None for the first."""
    last: dict[str, Entry] = {}
    for entry in entries:
        yield entry, last.get(entry.series)
        last[entry.series] = entry


def _moved(before: Mapping[str, int], now: Mapping[str, int]) -> list[str]:
    names = sorted(before.keys() | now.keys())
    pairs = [(name, before.get(name, 0), now.get(name, 0)) for name in names]
    return [f"{name} {old:,} → {new:,}" for name, old, new in pairs if old != new]


def _counts(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))


def _latency(run: Run) -> tuple[float | None, float | None]:
    times = [
        row.latency_ms
        for row in run.observations
        if row.latency_ms is not None and row.http_status is not None and row.method != SUBSCRIBE
    ]
    if not times:
        return None, None
    cuts = quantiles(times, n=20, method="inclusive") if len(times) > 1 else times * 19
    return round(cuts[9], 3), round(cuts[18], 3)
