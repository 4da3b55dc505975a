"""What a badge says: the decision and what it is about, in a few words. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from audit.model import Outcome, Run, TargetKind
from audit.report.words import audited_plan, plain

LONGEST = 40  # of the plan's name, which may come from a Run file of anybody's


@dataclass(frozen=True)
class Badge:
    """Left side, right side, and the colour of the right one as six hexadecimal digits."""

    label: str
    message: str
    color: str


# Dark enough for white letters: each has a contrast of at least 4.5 to 1.
_COLORS = {Outcome.GO: "1a7f37", Outcome.NO_GO: "b3261e", Outcome.INCOMPLETE: "8a5a00"}
GREY = "555555"


def badge(run: Run) -> Badge:
    """Return the badge of a run; of anything but the live API it says so and is grey when all is well."""
    outcome, kind = run.decision.outcome, run.target.kind
    plan = audited_plan(run)
    told = [outcome.value]
    if plan:
        told.append(plain(plan, LONGEST))
    if kind is not TargetKind.LIVE:
        told.append(f"{kind.value} only")
    # Green is for what holds on the live API; nobody shall take a rehearsal for it.
    rehearsed = outcome is Outcome.GO and kind is not TargetKind.LIVE
    return Badge("api sign-off", " · ".join(told), GREY if rehearsed else _COLORS[outcome])
