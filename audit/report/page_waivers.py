"""The waivers as the page shows them: each beside the findings that it takes out of the decision. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from audit.model import Finding, Run, UsedWaiver, WaiverState
from audit.report.page_findings import Entry
from audit.report.page_requests import Requests
from audit.report.words import place

# Findings shown of one waiver; run.json has them all.
MOST = 50


@dataclass(frozen=True)
class Waived:
    """A waiver, the first findings that it waives, and how many more there are."""

    waiver: UsedWaiver
    entries: tuple[Entry, ...]
    more: int

    @property
    def holds(self) -> bool:
        """Whether it waives anything."""
        return self.waiver.state is WaiverState.HOLDS


def waived(run: Run, requests: Requests) -> tuple[Waived, ...]:
    """Return the waivers in their order, each with its findings."""
    found: dict[tuple[str, ...], list[Finding]] = {}
    for finding in run.findings:
        if finding.waived is not None:
            found.setdefault(finding.waived.identity, []).append(finding)
    return tuple(_one(waiver, found.get(waiver.identity, []), requests) for waiver in run.waivers)


def _one(waiver: UsedWaiver, findings: list[Finding], requests: Requests) -> Waived:
    entries = tuple(
        Entry(place(one) or one.operation or "–", one.message, requests.of(one), None)
        for one in findings[:MOST]
    )
    return Waived(waiver, entries, len(findings) - len(entries))
