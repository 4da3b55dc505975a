"""A comment for a pull request: the decision, the findings as a table, the matrix folded away."""

from __future__ import annotations

import re

from audit.model import Run, Standing, WaiverState
from audit.report.streams import COLUMNS, heard
from audit.report.summary import Group, Summary, summarize
from audit.report.words import (
    alternative_words,
    because_words,
    claim_words,
    claims_apart,
    counted,
    elsewhere,
    findings_words,
    key_words,
    moment,
    plain,
    plan_words,
    readiness_words,
    scan_words,
    some,
    spot,
    warning,
)

MOST_FINDINGS = 10
MOST_REASONS = 10
MOST_MIGRATIONS = 40
MOST_CLAIMS = 10
MOST_CHANNELS = 20
MOST_WAIVERS = 20
LONGEST = 240

# What Markdown, HTML, or a forge's own additions (mentions, references, maths, links) would act on.
# Brackets, underscores and signs only act in some places and are left alone elsewhere.
_ACTIVE = re.compile(
    r"[\\`*<>|~#$&@]|\](?=[(\[:])|(?<!\w)_|_(?!\w)|:(?=//)|(?<=\bwww)\.|^[-+=\[!]", re.IGNORECASE
)


def render(run: Run, *, width: int | None = None, color: bool = False) -> str:
    """Return the run as GitHub-flavoured Markdown."""
    summary = summarize(run)
    blocks = [
        f"## {run.decision.outcome.upper()}: {text(run.spec.title)} {text(run.spec.version)}",
        f"> [!WARNING]\n> **{loud}.**" if (loud := warning(run)) else "",
        "\n".join(f"- {text(reason)}" for reason in run.decision.reasons[:MOST_REASONS]),
        _facts(run),
        _advice(run),
        _findings(run, summary),
        _migrations(run, summary),
        _matrix(summary),
        _channels(run),
        _readiness(run),
        _claims(run),
        _waivers(run),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def text(told: object, most: int = LONGEST) -> str:
    """Return text from outside as inline Markdown that shows it and does nothing."""
    return _ACTIVE.sub(lambda match: f"&#{ord(match[0])};", plain(told, most))


def code(told: object) -> str:
    """Return text from outside as a code span that is safe in a table."""
    inside = plain(told, LONGEST).replace("`", "'").strip()
    # A table ends its cell at a pipe, even inside code.
    return f"`{inside.replace('|', '¦') or ' '}`"


def _facts(run: Run) -> str:
    target = f"{run.target.kind} {code(run.target.base_url)}" if run.target.base_url else str(run.target.kind)
    facts = [
        f"**Plan** {text(plan_words(run))}",
        f"**Target** {target}",
        f"**When** {text(moment(run.started_at))}",
        f"**By** {text(run.tool.name)} {text(run.tool.version)}",
    ]
    if run.key:
        facts.insert(1, f"**Key** {text(key_words(run.key))}")
    if run.scanned:
        facts.append(f"**Code** {counted(len(run.uses), 'use')}; {text(scan_words(run.scanned))}")
    return " · ".join(facts)


def _advice(run: Run) -> str:
    if run.advice is None:
        return ""
    line = f"**Cheapest plan for the code: {text(run.advice.minimum_plan)}**"
    if named := because_words(run.advice):
        line += f", because of {some(tuple(code(name) for name in named), 3)}"
    others = [
        f"- **{text(one.plan)}** {text(alternative_words(one, 2), 2 * LONGEST)}"
        for one in run.advice.alternatives
    ]
    return "\n".join([line, *([""] if others else []), *others])


def _findings(run: Run, summary: Summary) -> str:
    told = findings_words(summary.severities, summary.waived)
    if not told:
        return "No findings."
    if not summary.findings:
        return f"**{told}**"
    lines = [
        f"**{told}**",
        "",
        "| severity | rule | what | where | remedy |",
        "| --- | --- | --- | --- | --- |",
    ]
    for group in summary.findings[:MOST_FINDINGS]:
        first = group.first
        times = f" ×{len(group.findings)}" if len(group.findings) > 1 else ""
        where = some(tuple(code(name) for name in group.where), 2)
        what = text(first.message)
        if first.evidence:
            what += f"<br>{code(first.evidence)}"
        remedy = text(first.remedy or "")
        lines.append(f"| {group.severity}{times} | {code(group.rule)} | {what} | {where} | {remedy} |")
    rest = sum(len(group.findings) for group in summary.findings[MOST_FINDINGS:])
    if rest:
        lines += ["", f"and {counted(rest, 'finding')} more, {elsewhere(run)}"]
    return "\n".join(lines)


def _migrations(run: Run, summary: Summary) -> str:
    if not summary.migrations:
        return ""
    shown = summary.migrations[:MOST_MIGRATIONS]
    total = sum(len(one.findings) for one in summary.migrations)
    lines = [
        f"<details><summary>To change in code: {counted(total, 'place')}</summary>",
        "",
        "| old | new | where |",
        "| --- | --- | --- |",
    ]
    for one in shown:
        new = code(one.new) if one.new else "no equal today"
        new += "" if one.certain else " (not certain)"
        lines.append(f"| {code(one.old)} | {new} | {some(tuple(code(name) for name in one.where), 2)} |")
    rest = total - sum(len(one.findings) for one in shown)
    if rest:
        lines += ["", f"and {counted(rest, 'place')} more, {elsewhere(run)}"]
    return "\n".join([*lines, "", "</details>"])


def _matrix(summary: Summary) -> str:
    if not summary.asked or not summary.plans:
        return ""
    plans = [f"**{text(plan)}**" if plan == summary.plan else text(plan) for plan in summary.plans]
    total = summary.total_asked
    lines = [
        f"<details><summary>Plan matrix: {total.as_promised} of {total.asked} as promised</summary>",
        "",
        f"| open operations | {' | '.join(plans)} |",
        f"| --- |{' ---: |' * len(plans)}",
        *(_row(group, summary) for group in summary.asked),
        _row(total, summary),
        "",
        "✓ as promised, ✗ not all, ~ not known. The audited plan shows what was seen.",
        "",
        "</details>",
    ]
    return "\n".join(lines)


def _channels(run: Run) -> str:
    if not run.streams:
        return ""
    lines = [
        f"<details><summary>Channels: {len(run.streams)} asked</summary>",
        "",
        f"| channel | {' | '.join(COLUMNS)} |",
        f"| --- |{' ---: |' * len(COLUMNS)}",
        *(f"| {code(one.facts.name)} | {' | '.join(one.cells)} |" for one in heard(run)[:MOST_CHANNELS]),
    ]
    if len(run.streams) > MOST_CHANNELS:
        lines += ["", f"and {counted(len(run.streams) - MOST_CHANNELS, 'channel')} more, {elsewhere(run)}"]
    return "\n".join([*lines, "", "</details>"])


def _readiness(run: Run) -> str:
    if not run.readiness:
        return ""
    lines = [
        f"<details><summary>Readiness: {readiness_words(run)}</summary>",
        "",
        "| stands | line | because |",
        "| --- | --- | --- |",
        *(f"| {line.status} | {text(line.says)} | {text(line.evidence)} |" for line in run.readiness),
        "",
        "</details>",
    ]
    return "\n".join(lines)


def _claims(run: Run) -> str:
    """The contradicted claims alone: a comment is no place for those that are right."""
    wrong = [claim for claim in run.claims if claim.standing is Standing.CONTRADICTED]
    if not wrong:
        return ""
    apart = claims_apart(run)
    lines = [
        f"<details><summary>Claims of documents: {claim_words(run)}</summary>",
        "",
        *([apart, ""] if apart else []),
        "| where | claim | promised | observed |",
        "| --- | --- | --- | --- |",
    ]
    for claim in wrong[:MOST_CLAIMS]:
        sides = f"{text(claim.promised.evidence)} | {text(claim.observed.evidence)}"
        lines.append(f"| {code(spot(claim.source))} | {text(claim.says)} | {sides} |")
    if len(wrong) > MOST_CLAIMS:
        lines += ["", f"and {counted(len(wrong) - MOST_CLAIMS, 'claim')} more, {elsewhere(run)}"]
    return "\n".join([*lines, "", "</details>"])


def _waivers(run: Run) -> str:
    if not run.waivers:
        return ""
    holding = sum(one.state is WaiverState.HOLDS for one in run.waivers)
    lines = [
        f"<details><summary>Waivers: {holding:,} of {len(run.waivers):,} in force</summary>",
        "",
        "| waived | findings | reason | by | until |",
        "| --- | ---: | --- | --- | --- |",
    ]
    for one in run.waivers[:MOST_WAIVERS]:
        until = text(one.until) if one.state is WaiverState.HOLDS else f"{text(one.until)} ({one.state})"
        facts = f"{one.findings:,} | {text(one.reason)} | {text(one.by)} | {until}"
        lines.append(f"| {text(one.subject)} | {facts} |")
    if len(run.waivers) > MOST_WAIVERS:
        lines += ["", f"and {counted(len(run.waivers) - MOST_WAIVERS, 'waiver')} more, {elsewhere(run)}"]
    return "\n".join([*lines, "", "</details>"])


def _row(group: Group, summary: Summary) -> str:
    cells = [
        f"{group.kept.mark} {group.seen}/{group.cells[plan].total}"
        if plan == summary.plan
        else str(group.cells[plan])
        for plan in summary.plans
    ]
    return f"| {text(group.name)} | {' | '.join(cells)} |"
