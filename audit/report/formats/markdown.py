"""A comment for a pull request: the decision, the findings as a table, the matrix folded away."""

from __future__ import annotations

import re

from audit.model import Run
from audit.report.summary import Group, Summary, summarize
from audit.report.words import counted, key_words, moment, plain, plan_words, some, warning

MOST_FINDINGS = 10
MOST_REASONS = 10
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
        _findings(summary),
        _matrix(summary),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def text(told: object) -> str:
    """Return text from outside as inline Markdown that shows it and does nothing."""
    return _ACTIVE.sub(lambda match: f"&#{ord(match[0])};", plain(told, LONGEST))


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
    if run.advice:
        facts.append(f"**Cheapest plan for the code** {text(run.advice.minimum_plan)}")
    return " · ".join(facts)


def _findings(summary: Summary) -> str:
    if not summary.findings:
        return "No findings."
    told = ", ".join(counted(number, severity.value) for severity, number in summary.severities)
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
        lines += ["", f"and {counted(rest, 'finding')} more, see run.json"]
    return "\n".join(lines)


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


def _row(group: Group, summary: Summary) -> str:
    cells = [
        f"{group.kept.mark} {group.seen}/{group.cells[plan].total}"
        if plan == summary.plan
        else str(group.cells[plan])
        for plan in summary.plans
    ]
    return f"| {text(group.name)} | {' | '.join(cells)} |"
