"""Checks a whole description: the OpenAPI standard, the vocabulary of extensions, and what must agree.

Each module holds the rules about one part; a rule takes a draft and yields problems.
"""

from __future__ import annotations

from pathlib import Path

from audit.errors import SpecError
from audit.spec.catalog import load
from audit.spec.lint import (
    channels,
    claims,
    fields,
    operations,
    parameters,
    presets,
    standard,
    tables,
    vocabulary,
)
from audit.spec.lint.draft import read_draft
from audit.spec.lint.problem import Problem, unreadable

__all__ = ["Problem", "lint"]


def lint(folder: Path) -> tuple[Problem, ...]:
    """Return every problem of a description, by file and place; nothing leaves the machine.

    Raises SpecError where the folder holds no description at all.
    """
    draft, problems = read_draft(folder)
    readable = not problems
    # What is not of the right shape is left out of the rules that would trip over it.
    for rule in (standard.check, vocabulary.check):
        found = list(rule(draft))
        problems += found
        draft = draft.without(found)
    if draft.provider is None:
        return tuple(sorted(set(problems)))
    for rule in (operations.check, parameters.check, fields.check, tables.check_plans, tables.check_refusals):
        problems += rule(draft)
    if readable and len(draft.entries) == len(draft.root.get("paths", ())):
        problems += operations.check_shared(draft)
        problems += tables.check_legacy(draft)
        problems += presets.check(draft)
        problems += presets.check_failures(draft)
        problems += channels.check(draft)
    if not problems:
        try:
            problems += claims.check(load(folder))
        except SpecError as error:
            problems.append(unreadable(error))
    return tuple(sorted(set(problems)))
