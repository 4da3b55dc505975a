"""Everything the page shows, put together from a Run before a template sees it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from audit.model import JudgedClaim, Readiness, ReadinessLine, Run, Standing
from audit.report import page_findings, page_ladder, page_numbers, words
from audit.report.formats.json_ import render as render_json
from audit.report.page_findings import Block
from audit.report.page_ladder import Ladder
from audit.report.page_numbers import Ages, Fields, Latency, Limit
from audit.report.page_requests import Requests
from audit.report.page_waivers import Waived, waived
from audit.report.rules import RuleText, rules_of
from audit.report.streams import ChannelLine, heard
from audit.report.summary import Summary, summarize
from audit.report.trend import Trend, trend_in

# How good it is that a claim or a line of a checklist stands so, in the words of a kept promise.
TONES = {
    Standing.CONFIRMED.value: "kept",
    Standing.CONTRADICTED.value: "broken",
    Standing.NOT_CHECKABLE.value: "not-asked",
    Readiness.HOLDS.value: "kept",
    Readiness.FAILS.value: "broken",
    Readiness.NOT_LOOKED_AT.value: "not-asked",
    Readiness.NEEDS_A_PERSON.value: "unknown",
}
# Families drawn one by one; a provider with more has them in run.json.
MOST_LADDERS = 60


@dataclass(frozen=True)
class Fact:
    """One line of the head; ``exact`` is set as code, to be compared letter by letter."""

    name: str
    value: str
    exact: str = ""


@dataclass(frozen=True)
class Section:
    """A part of the page, and its name in the list of contents."""

    id: str
    title: str


@dataclass(frozen=True)
class Page:
    """A Run as the page tells it. What a Run does not have is None or empty, and its section is left out."""

    run: Run
    summary: Summary
    facts: tuple[Fact, ...]
    requests: Requests
    rules: tuple[RuleText, ...]
    anchors: dict[str, str]
    blocks: tuple[Block, ...]
    ladders: tuple[Ladder, ...]
    fields: Fields | None
    latency: Latency | None
    limit: Limit | None
    ages: Ages | None
    streams: tuple[ChannelLine, ...]
    trend: Trend | None
    waivers: tuple[Waived, ...]
    digest: str
    tones = TONES

    @property
    def sheet(self) -> str:
        """What stands on every printed sheet, so that a loose one tells where it belongs."""
        plan = f" on the plan {words.plain(self.summary.plan, 24)}" if self.summary.plan else ""
        title = words.plain(self.run.spec.title, 32)
        return f"{self.run.decision.outcome.upper()}{plan} · {title} · {words.moment(self.run.started_at)}"

    @property
    def checklists(self) -> dict[str, list[ReadinessLine]]:
        """The lines of each checklist, in the order of the Run."""
        found: dict[str, list[ReadinessLine]] = {}
        for line in self.run.readiness:
            found.setdefault(line.checklist, []).append(line)
        return found

    @property
    def claims(self) -> dict[str, list[JudgedClaim]]:
        """The claims by how they stand, the contradicted ones first."""
        order = (Standing.CONTRADICTED, Standing.CONFIRMED, Standing.NOT_CHECKABLE)
        sorted_out = {one.value: [row for row in self.run.claims if row.standing is one] for one in order}
        return {standing: rows for standing, rows in sorted_out.items() if rows}

    @property
    def asked(self) -> bool:
        """Whether an API was asked, or was to be asked; a scan of code asks none."""
        return bool(self.run.observations) or not self.run.scanned

    @property
    def sections(self) -> tuple[Section, ...]:
        """The parts the page has, in their order."""
        run = self.run
        parts = (
            ("answers", "Answers", self.asked),
            ("key", "Key", run.key),
            ("plans", "Plans", self.summary.plans),
            ("intervals", "Intervals", self.ladders),
            ("findings", "Findings", True),
            ("code", "Code", run.scanned or run.uses or run.advice),
            ("migration", "Migration", self.summary.migrations),
            ("fields", "Fields", self.fields),
            ("speed", "Speed and limit", self.latency or self.limit),
            ("freshness", "Freshness", self.ages),
            ("channels", "Channels", self.streams),
            ("readiness", "Readiness", run.readiness),
            ("claims", "Claims", run.claims),
            ("trend", "Trend", self.trend),
            ("rules", "Rules", self.rules),
            ("runbook", "Runbook", run.preset),
            ("signing", "Sign-off", True),
        )
        return tuple(Section(name, title) for name, title, there in parts if there)


def build(run: Run) -> Page:
    """Count, group and sort what a Run holds."""
    summary = summarize(run)
    requests = Requests(run)
    rules = rules_of(run.findings)
    places = page_findings.anchors(rules)
    return Page(
        run=run,
        summary=summary,
        facts=facts(run),
        requests=requests,
        rules=rules,
        anchors=places,
        blocks=page_findings.blocks(summary.findings, requests, places),
        ladders=page_ladder.ladders(run, summary.plan)[:MOST_LADDERS],
        fields=page_numbers.fields(run),
        latency=page_numbers.latency(run),
        limit=page_numbers.limit(run),
        ages=page_numbers.ages(run),
        streams=heard(run),
        trend=trend_in(run),
        waivers=waived(run, requests),
        digest=sha256(render_json(run).encode()).hexdigest(),
    )


def facts(run: Run) -> tuple[Fact, ...]:
    """Return what the decision is about: plan, target, time, description, tool, working copy."""
    took = words.duration(run)
    described = f"{run.spec.title} {run.spec.version}, {words.counted(run.spec.operations, 'operation')}"
    told = [
        Fact("Plan", words.plan_words(run)),
        Fact("Target", run.target.kind.value, run.target.base_url or ""),
        Fact("When", words.moment(run.started_at) + (f", took {took}" if took else "")),
        Fact("Tool", f"{run.tool.name} {run.tool.version}"),
        Fact("Description", described, f"sha256 {run.spec.sha256}"),
    ]
    if run.plan.requests_per_minute:
        told.append(Fact("Limit", f"{run.plan.requests_per_minute:,} requests a minute"))
    if run.cassettes:
        told.append(Fact("Cassettes", "tested as well", f"sha256 {run.cassettes}"))
    if run.commit:
        state = "with uncommitted changes" if run.commit.endswith("+") else ""
        told.append(Fact("Git commit", state, run.commit.rstrip("+")))
    return tuple(told)
