"""On every plan each operation's verdict equals the promise; the README shows the counts."""

from __future__ import annotations

import os
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from audit.jobs.probing import probe
from audit.jobs.settings import Settings, aim
from audit.model import Outcome, Run, Verdict
from audit.spec.catalog import Spec, load

README = Path(__file__).resolve().parents[2] / "README.md"
PLANS = ["hobbyist", "startup", "standard", "professional", "enterprise"]


@cache
def audited(plan: str) -> Run:
    """One whole audit of the sandbox on a plan."""
    spec = load()
    settings = Settings(plan=plan, sandbox=True)
    return probe(spec, settings, aim(settings, spec, None)).run


@pytest.mark.parametrize("plan", PLANS)
def test_every_verdict_is_the_promised_one(plan: str, spec: Spec) -> None:
    run = audited(plan)
    assert {row.operation for row in run.observations} == set(spec.operations)
    assert len(spec.operations) == 158
    different = [(row.operation, row.interval, row.expected, row.verdict) for row in run.observations
                 if row.verdict not in (row.expected, Verdict.EMPTY)]  # fmt: skip
    assert different == []
    empty = {row.operation for row in run.observations if row.verdict is Verdict.EMPTY}
    assert all(spec.operations[name].may_be_empty for name in empty)
    assert run.findings == ()
    assert run.decision.outcome is Outcome.GO
    assert run.key is not None
    assert run.key.agree
    assert run.key.plan == plan


@pytest.mark.parametrize("plan", PLANS)
def test_the_floors_found_are_the_promised_ones(plan: str) -> None:
    floors = audited(plan).interval_floors
    assert len(floors) >= 8
    for floor in floors:
        assert floor.settled
        assert floor.observed == floor.promised, floor


def table() -> str:
    """Counts per verdict and plan: over each operation's ordinary request, and over the interval probes."""
    ordinary, probed = ["available", "plan_gated"], ["available", "interval_gated"]
    rows = [
        f"| plan | {' | '.join(ordinary)} | {' | '.join(f'intervals {name}' for name in probed)} |",
        "|---|" + "---:|" * 4,
    ]
    for plan in PLANS:
        first: dict[str, str] = {}
        rest: Counter[str] = Counter()
        for row in audited(plan).observations:
            if row.operation in first:
                rest[row.verdict.value] += 1
            first.setdefault(row.operation, row.verdict.value)
        counts = Counter(first.values())
        assert set(counts) <= set(ordinary)
        assert set(rest) <= set(probed)
        cells = [counts[name] for name in ordinary] + [rest[name] for name in probed]
        rows.append(f"| {plan} | " + " | ".join(map(str, cells)) + " |")
    return "\n".join(rows)


def test_the_readme_shows_the_counts() -> None:
    text = README.read_text(encoding="utf-8")
    marked = re.compile(r"(<!-- counts -->\n).*?(<!-- /counts -->)", re.DOTALL)
    assert marked.search(text), "README.md has no place for the counts"
    wanted = marked.sub(lambda match: match[1] + table() + "\n" + match[2], text)
    if os.environ.get("UPDATE_README"):
        README.write_text(wanted, encoding="utf-8")
    assert text == wanted or os.environ.get("UPDATE_README"), (
        "run UPDATE_README=1 make test and look at the diff"
    )
