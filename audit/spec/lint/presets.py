"""Rules about presets.yaml and rules.yaml: what they name must exist, and no refusal is left out."""

from __future__ import annotations

from collections.abc import Iterator

from audit.errors import SpecError
from audit.model import Verdict
from audit.spec.failures import FILE as FAILURES
from audit.spec.failures import load_failures
from audit.spec.lint.draft import Draft
from audit.spec.lint.problem import Problem, listed, rather, unreadable
from audit.spec.presets import FILE, Preset, Presets, read_presets

SUCCESS = (Verdict.AVAILABLE, Verdict.EMPTY)


def check(draft: Draft) -> Iterator[Problem]:
    """Presets name operations and intervals that exist; the runbook explains each refusal once."""
    if not draft.documents.has(FILE):
        return
    try:
        presets = read_presets(draft.documents.read(FILE))
    except SpecError as error:
        yield unreadable(error)
        return
    known = {entry.tree.get("operationId") for entry in draft.entries}
    for name, preset in presets.presets.items():
        yield from _preset(name, preset, {str(one) for one in known}, draft)
    yield from _runbook(presets)


def check_failures(draft: Draft) -> Iterator[Problem]:
    """What fails a rule can be read, and is judged on a plan that exists."""
    try:
        failures = load_failures(draft.documents.folder)
    except SpecError as error:
        yield unreadable(error)
        return
    plans = draft.ladder.names if draft.ladder else []
    for rule, failure in failures.items():
        if failure.plan is not None and failure.plan not in plans:
            message = f"no plan is called {failure.plan}"
            yield Problem(FAILURES, f"examples/{rule}/plan", message, rather(failure.plan, plans))


def _preset(name: str, preset: Preset, known: set[str], draft: Draft) -> Iterator[Problem]:
    named = [("operations", one) for one in preset.operations]
    if preset.ranking is not None:
        named.append(("ranking/operation", preset.ranking.operation))
    for place, operation in named:
        if operation not in known:
            message = f"no operation is called {operation}"
            yield Problem(FILE, f"presets/{name}/{place}", message, rather(operation, sorted(known)))
    intervals = draft.provider.intervals if draft.provider else ()
    if preset.interval is not None and preset.interval not in intervals:
        message = f"{preset.interval} is not among the provider's intervals"
        yield Problem(FILE, f"presets/{name}/interval", message, f"known are {listed(intervals)}")
    if preset.each_coin and preset.symbol is not None:
        message = "each-coin asks for the coins that are named on the command line"
        yield Problem(FILE, f"presets/{name}/symbol", message, "take it out")
    if preset.ranking is not None and not preset.each_coin:
        message = "a ranking finds coins for each-coin alone"
        yield Problem(FILE, f"presets/{name}/ranking", message, "add each-coin: true, or take it out")


def _runbook(presets: Presets) -> Iterator[Problem]:
    wanted = {verdict for verdict in Verdict if verdict not in SUCCESS} if presets.presets else set()
    for verdict in Verdict:
        if verdict in wanted and verdict not in presets.runbook:
            yield Problem(FILE, "runbook", f"{verdict} is missing", "explain each refusal")
        if verdict in presets.runbook and verdict not in wanted:
            yield Problem(FILE, f"runbook/{verdict}", "is no refusal of a preset", "take it out")
