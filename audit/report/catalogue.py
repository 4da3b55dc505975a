"""The rule catalogue: a page for each rule and a list of all, in Markdown. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePath

from audit import NAME
from audit.report.rules import RuleText
from audit.spec.failures import SERVED, Failure

SERVER = "http://127.0.0.1:8700"  # where `sandbox` serves unless told otherwise
_FENCES = {".py": "python", ".js": "javascript", ".sh": "sh", ".env": "sh"}


def pages(rules: Iterable[RuleText], failures: Mapping[str, Failure], variable: str) -> dict[str, str]:
    """Return the text of every page by its file name; ``variable`` is where commands read the key."""
    known = sorted(rules, key=lambda rule: rule.id)
    told = {f"{rule.id}.md": page(rule, failures.get(rule.id), variable) for rule in known}
    return {**told, "README.md": overview(known)}


def page(rule: RuleText, failure: Failure | None, variable: str) -> str:
    """Return one rule: what, why, an example, something that fails it, and the remedy."""
    parts = [
        f"# {rule.id}",
        f"Severity: {rule.severity}",
        f"## What\n\n{rule.summary}",
        f"## Why\n\n{rule.why}",
        f"## Example\n\n> {rule.example}",
    ]
    if failure is not None:
        parts.append(_shown(failure, variable))
    parts.append(f"## Remedy\n\n{rule.remedy}")
    if failure is not None and failure.code is not None:
        parts.append(f"A comment with `audit: ignore[{rule.id}]` on the line leaves a finding out.")
    return "\n\n".join(parts) + "\n"


def overview(rules: Iterable[RuleText]) -> str:
    """Return the list of all rules."""
    rows = [f"| [{rule.id}]({rule.id}.md) | {rule.severity} | {_cell(rule.summary)} |" for rule in rules]
    head = f"# Rules\n\n`{NAME} explain RULE` prints the same. The pages are made from the rules themselves:"
    made = "`UPDATE_RULES=1 make test` writes them anew."
    return "\n".join([head, made, "", "| rule | severity | what it finds |", "|---|---|---|", *rows]) + "\n"


def failing(failure: Failure, variable: str) -> tuple[str, str]:
    """Return how to see a rule fail: a line to introduce it, and code or commands."""
    if failure.code is not None:
        plan = f" --plan {failure.plan}" if failure.plan else ""
        return f"`{NAME} scan {failure.file}{plan}` fails where {failure.file} is", failure.code.rstrip("\n")
    command = f"{NAME} {failure.command}"
    lines = [command.replace(SERVED, SERVER)]
    if failure.key is not None:
        lines[0] = f"{variable}={failure.key} {lines[0]}"
    if SERVED in command:
        lines.insert(0, f"{NAME} sandbox &")
    return "This fails, on purpose:", "\n".join(f"$ {line}" for line in lines)


def _shown(failure: Failure, variable: str) -> str:
    told, text = failing(failure, variable)
    fence = _FENCES.get(PurePath(failure.file or "").suffix, "") if failure.code else "console"
    return f"{told}\n\n```{fence}\n{text}\n```"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
