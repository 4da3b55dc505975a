"""The parts of the terminal's output, as rich renderables."""

from __future__ import annotations

from rich.console import Group as Stack
from rich.console import RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from audit.model import Outcome, Readiness, Run, Severity
from audit.report.breaking import GLUE, Request, flow
from audit.report.streams import COLUMNS, NOT_REACHED, heard
from audit.report.summary import FindingGroup, Group, Kept, Summary
from audit.report.words import (
    OPEN,
    alternative_words,
    audited_plan,
    because_words,
    claim_words,
    claims_apart,
    counted,
    elsewhere,
    findings_words,
    key_words,
    meaning,
    moment,
    plain,
    plan_words,
    readiness_words,
    scan_words,
    skipped_words,
    some,
    spot,
    warning,
)

MOST_FINDINGS = 12
MOST_MIGRATIONS = 12
MOST_LINES = 6
MOST_CHANNELS = 8
LONGEST = 400

KEPT_STYLE = {Kept.YES: "green", Kept.NO: "bold red", Kept.UNKNOWN: "yellow", Kept.NOT_ASKED: "dim"}
SEVERITY_STYLE = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
OUTCOME_STYLE = {
    Outcome.GO: "bold white on green",
    Outcome.NO_GO: "bold white on red",
    Outcome.INCOMPLETE: "bold black on yellow",
}


def heading(run: Run) -> RenderableType:
    """What was audited, how and when; nothing here depends on the decision."""
    loud = warning(run)
    if loud:
        first = Text(f" {loud} ", style="bold black on yellow")
    else:
        first = Text(" LIVE ", style="bold white on blue")
    if run.target.base_url:
        first.append(f" {plain(run.target.base_url, 200)}", style="not bold default on default")
    facts = [
        f"{plain(run.spec.title, 60)} {plain(run.spec.version, 20)}",
        counted(run.spec.operations, "operation"),
        f"plan {plain(plan_words(run), 60)}",
        plain(moment(run.started_at), 40),
    ]
    return Stack(first, flow(facts, " · "))


def matrix(summary: Summary) -> RenderableType | None:
    """Groups by plans, each cell the open operations by promise; the audited plan shows what was seen."""
    if not summary.plans:
        return None
    shown = summary.asked
    if not shown:
        return Text("Plan matrix: nothing was asked.")
    table = Table(
        box=None, padding=(0, 0, 0, 1), pad_edge=False, header_style="bold", show_footer=len(shown) > 1
    )
    total = summary.total_asked
    # The only column that may shrink: names give way to numbers.
    table.add_column("open operations", "total", overflow="ellipsis", footer_style="bold")
    for plan in summary.plans:
        header = Text(plain(plan, 14), style="reverse" if plan == summary.plan else "")
        table.add_column(header, _cell(total, plan, summary), justify="right", no_wrap=True)
    for group in shown:
        cells = [_cell(group, plan, summary) for plan in summary.plans]
        table.add_row(Text(plain(group.name, 60)), *cells)
    return Stack(table, Text(_legend(summary), style="dim"))


def _legend(summary: Summary) -> str:
    told = "by promise; the audited plan is not known"
    if summary.plan:
        total = summary.total_asked
        told = f"{plain(summary.plan)}: {total.as_promised} of {total.asked} as promised"
        told += " (✓ all, ✗ not all, ~ not known)"
    left = len(summary.total.rows) - summary.total_asked.asked
    return told + (f"; {left} not asked" if left else "")


def _cell(group: Group, plan: str, summary: Summary) -> Text:
    """Promised open operations; for the audited plan a mark, and what was seen instead."""
    cell = group.cells[plan]
    if plan != summary.plan:
        return Text(str(cell), style="" if cell.open == cell.total else "dim" if not cell.open else "yellow")
    return Text(f"{group.kept.mark} {group.seen}/{cell.total}", style=KEPT_STYLE[group.kept])


def code(run: Run, summary: Summary) -> RenderableType | None:
    """What was scanned, how many places rely on the API, and the first of what was left out."""
    if run.scanned is None and not run.uses:
        return None
    line = Text(counted(len(run.uses), "use"), style="bold")
    told = ", ".join(f"{count:,}{GLUE}{status}" for status, count in summary.uses)
    line.append(f": {told}" if told else "", style="not bold")
    if run.scanned:
        line.append(f"; {plain(scan_words(run.scanned), LONGEST)}", style="not bold dim")
    left_out = skipped_words(run.scanned) if run.scanned else ()
    return Stack(line, *(Padding(Text(told, style="dim"), (0, 0, 0, 2)) for told in left_out))


def requests(summary: Summary) -> RenderableType | None:
    """How many requests came back with which verdict."""
    if not summary.sent and not summary.not_sent:
        return None
    line = Text(counted(summary.sent, "request"), style="bold")
    if summary.not_sent:
        line.append(f", {summary.not_sent} not sent", style="yellow")
    for index, row in enumerate(summary.verdicts):
        line.append(": " if index == 0 else ", ", style="not bold")
        style = "red" if row.unexpected else "green" if row.verdict in OPEN else ""
        line.append(f"{row.count}{GLUE}{row.verdict}", style=f"not bold {style}")
        if row.unexpected:
            line.append(f"{GLUE}({row.unexpected}{GLUE}unexpected)", style="not bold red")
    return line


def channels(run: Run) -> RenderableType | None:
    """What channels did, a line each with what was reached."""
    if not run.streams:
        return None
    lines: list[RenderableType] = []
    for one in heard(run)[:MOST_CHANNELS]:
        told = [
            f"{name}: {cell}" for name, cell in zip(COLUMNS, one.cells, strict=True) if cell != NOT_REACHED
        ]
        lines.append(Text(f"  {plain(one.facts.name, 72)}", style="red" if one.broken else ""))
        lines.append(Padding(flow(told, ", "), (0, 0, 0, 4)))
    if len(run.streams) > MOST_CHANNELS:
        rest = counted(len(run.streams) - MOST_CHANNELS, "channel")
        lines.append(Text(f"  and {rest} more, {elsewhere(run)}", style="dim"))
    return Stack(Text("Channels", style="bold"), *lines)


def floors(summary: Summary) -> RenderableType | None:
    """Where intervals begin to answer, one line for all families that share a floor."""
    if not summary.floors:
        return None
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for group in summary.floors:
        found = group.observed or ("none answers" if group.settled else "not settled")
        table.add_row(
            Text(group.kept.mark, style=KEPT_STYLE[group.kept]),
            Text(f"promised {plain(group.promised or '–', 20)}"),
            Text(f"found {plain(found, 20)}", style=KEPT_STYLE[group.kept]),
            Text(plain(some(group.families, 8), LONGEST)),
        )
    return Stack(Text("Finest interval that answers", style="bold"), table)


def key(run: Run) -> RenderableType | None:
    """The three proofs of the key's plan."""
    if run.key is None:
        return None
    line = Text("Key: ", style="bold")
    style = "red" if run.key.expired else "" if run.key.agree else "yellow"
    line.append(plain(key_words(run.key), LONGEST), style=f"not bold {style}")
    proofs = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_header=False)
    proofs.add_column(no_wrap=True)
    proofs.add_column(no_wrap=True)
    proofs.add_column(overflow="fold", style="dim")
    for proof in run.key.proofs:
        told = Text(plain(proof.plan or "not known", 30), style="" if proof.plan else "yellow")
        proofs.add_row(Text(f"  {proof.way}"), told, Text(plain(proof.evidence, LONGEST)))
    return Stack(line, proofs)


def findings(run: Run, summary: Summary) -> RenderableType:
    """Findings worst first; those that say the same are one."""
    counts = findings_words(summary.severities, summary.waived)
    if not counts:
        return Text("No findings.")
    parts: list[RenderableType] = [Text(f"Findings: {counts}", style="bold")]
    told: tuple[str, str | None] | None = None
    for group in summary.findings[:MOST_FINDINGS]:
        remedy = (group.rule, group.first.remedy)
        parts.append(_finding(group, None if remedy == told else group.first.remedy))
        told = remedy
    rest = summary.findings[MOST_FINDINGS:]
    if rest:
        more = sum(len(group.findings) for group in rest)
        parts.append(Text(f"  and {counted(more, 'finding')} more, {elsewhere(run)}", style="dim"))
    return Stack(*parts, *_migrations(run, summary))


def _migrations(run: Run, summary: Summary) -> list[RenderableType]:
    """What code is to change, old over new; the rest is counted."""
    if not summary.migrations:
        return []
    total = sum(len(one.findings) for one in summary.migrations)
    parts: list[RenderableType] = [
        Text(""),
        Text(f"To change in code: {counted(total, 'place')}", style="bold"),
    ]
    for one in summary.migrations[:MOST_MIGRATIONS]:
        head = _head(one.severity, one.rule)
        head.append(f"  {plain(one.old, LONGEST)}")
        if len(one.findings) > 1:
            head.append(f"  ×{len(one.findings):,}", style="bold")
        new = f"→{GLUE}{plain(one.new, LONGEST)}" if one.new else "no equal today"
        change = Text(f"{new}{'' if one.certain else '  (not certain)'}")
        places = Text(plain(some(one.where, 2), LONGEST), style="dim")
        parts += [head, Padding(change, (0, 0, 0, 4)), Padding(places, (0, 0, 0, 4))]
    rest = summary.migrations[MOST_MIGRATIONS:]
    if rest:
        more = sum(len(one.findings) for one in rest)
        parts.append(Text(f"  and {counted(more, 'place')} more, {elsewhere(run)}", style="dim"))
    return parts


def _head(severity: Severity, rule: str) -> Text:
    head = Text("  ")
    head.append(f"{severity.value:<7}", style=SEVERITY_STYLE[severity])
    return head.append(f"  {plain(rule, 40)}", style="bold")


def _finding(group: FindingGroup, remedy: str | None) -> RenderableType:
    first = group.first
    count = len(group.findings)
    head = _head(group.severity, group.rule)
    if count > 1:
        head.append(f"  ×{count:,}", style="bold")
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_header=False)
    table.add_column(no_wrap=True, style="dim", min_width=7)
    table.add_column(overflow="fold")
    where = some(group.where, 3)
    if where:
        table.add_row("where", Text(plain(where, LONGEST)))
    table.add_row("what", Text(plain(first.message, LONGEST)))
    lead = "e.g." if count > 1 else "seen"
    rows = (
        (lead, first.evidence),
        ("instead", first.replacement and f"{first.replacement} (was {first.legacy or 'another'})"),
        ("remedy", remedy),
    )
    for name, told in rows:
        if told:
            shown = plain(told, LONGEST)
            table.add_row(name, Request(shown) if name == lead else Text(shown))
    return Stack(head, Padding(table, (0, 0, 0, 4)))


def advice(run: Run) -> RenderableType | None:
    """The cheapest plan that serves the code, what forces it, and what cheaper ones would take."""
    if run.advice is None:
        return None
    line = Text("Cheapest plan for the code: ", style="bold")
    line.append(plain(run.advice.minimum_plan, 40), style="not bold")
    named = because_words(run.advice)
    if named:
        line.append(f", because of {plain(some(named, 3), LONGEST)}", style="not bold")
    others = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_header=False)
    others.add_column(no_wrap=True, style="bold")
    others.add_column(overflow="fold")
    for one in run.advice.alternatives:
        others.add_row(Text(f"  {plain(one.plan, 20)}"), Text(plain(alternative_words(one, 3), LONGEST)))
    return Stack(line, others) if run.advice.alternatives else line


def books(run: Run) -> RenderableType | None:
    """How the checklists and the claims of documents stand, in a line each, and the lines that fail."""
    parts: list[RenderableType] = []
    if run.readiness:
        parts.append(_named("Readiness", readiness_words(run)))
        failing = [line for line in run.readiness if line.status is Readiness.FAILS]
        for line in failing[:MOST_LINES]:
            parts.append(Padding(Text(f"✗ {plain(line.says, LONGEST)}"), (0, 0, 0, 2)))
            told = f"{spot(line.source)}: {line.evidence}"
            parts.append(Padding(Text(plain(told, LONGEST), style="dim"), (0, 0, 0, 4)))
        if len(failing) > MOST_LINES:
            rest = counted(len(failing) - MOST_LINES, "line")
            parts.append(Text(f"  and {rest} more, {elsewhere(run)}", style="dim"))
    if run.claims:
        parts.append(_named("Claims of documents", claim_words(run)))
        apart = claims_apart(run)
        if apart:
            parts.append(Padding(Text(apart, style="dim"), (0, 0, 0, 2)))
    return Stack(*parts) if parts else None


def _named(name: str, told: str) -> Text:
    return Text(f"{name}: ", style="bold").append(told, style="not bold")


def decision(run: Run) -> RenderableType:
    """Reasons, then the decision: what is read last."""
    outcome = run.decision.outcome
    reasons = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, show_header=False)
    reasons.add_column(no_wrap=True)
    reasons.add_column(overflow="fold")
    for reason in run.decision.reasons:
        reasons.add_row("•", Text(plain(reason, LONGEST)))
    last = Text(f" {outcome.upper()} ", style=OUTCOME_STYLE[outcome])
    plan = audited_plan(run)
    of = run.target.kind.upper() + (f", plan {plain(plan, 24)}" if plan else "")
    last.append(f" {of}: {meaning(run)}", style="bold default on default")
    last.no_wrap, last.overflow = True, "ellipsis"
    loud = warning(run)
    return Stack(Rule(style="dim"), reasons, *([Text(loud, style="bold")] if loud else []), last)
