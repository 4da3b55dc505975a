"""Claims and checklists as a job: ledgers read before anything is asked, held against the run after it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from audit.checks import claim_contradicted
from audit.checks.claims import judge
from audit.checks.grounds import Grounds
from audit.checks.readiness import check_rules, evaluate
from audit.errors import UsageError
from audit.jobs.deciding import ANSWERED
from audit.jobs.waiving import NONE, Waivers
from audit.model import Decision, Finding, Outcome, Run, Severity, in_the_way, sort_findings
from audit.spec import claims, readiness
from audit.spec.catalog import Spec
from audit.spec.documents import Documents
from audit.spec.legacy import load_legacy
from audit.spec.legacy_params import FILE as LEGACY

SHIPPED = "shipped"


@dataclass(frozen=True)
class Books:
    """What a run is held against: ledgers, and the checklists of the description.

    Contradicted claims of ``asked`` ledgers are findings. Those of the ``shown`` one, which stands with
    the description, are told and weigh nothing: its documents need not be those of the user.
    """

    asked: tuple[claims.Ledger, ...]
    shown: tuple[claims.Ledger, ...]
    items: tuple[readiness.Item, ...]


def open_books(spec: Spec, named: Collection[str]) -> Books:
    """Read the description's own books and the ledgers that were named, files or ``shipped``.

    Raises UsageError or SpecError naming file and claim.
    """
    own = claims.shipped(spec)
    if own is None and SHIPPED in named:
        raise UsageError(f"no {claims.FILE} stands with the description in {spec.folder}; name a file")
    files = tuple(claims.load_ledger(Path(name), spec) for name in dict.fromkeys(named) if name != SHIPPED)
    items = readiness.shipped(spec)
    check_rules(items)
    told = (own,) if own is not None else ()
    return Books(
        asked=(*told, *files) if SHIPPED in named else files,
        shown=() if SHIPPED in named else told,
        items=items,
    )


def hold(
    run: Run,
    spec: Spec,
    books: Books,
    threshold: Severity,
    ignored: Collection[str] = (),
    waivers: Waivers = NONE,
) -> Run:
    """Return the run with its claims, its checklists, and a finding for each contradiction that counts.

    ``ignored`` are the rules that a scan of code was told to leave out.
    """
    legacy = load_legacy(spec.folder) if Documents(spec.folder).has(LEGACY) else None
    grounds = Grounds(spec, legacy, run)
    asked = [claim for ledger in books.asked for claim in judge(ledger, grounds)]
    shown = [claim for ledger in books.shown for claim in judge(ledger, grounds)]
    found = waivers.mark(claim_contradicted.check(asked))
    return run.model_copy(
        update={
            "claims": (*asked, *shown),
            "readiness": evaluate(books.items, grounds, ignored),
            "findings": sort_findings([*run.findings, *found]),
            "decision": _decide(run, in_the_way(found, threshold)),
        }
    )


def _decide(run: Run, heavy: list[Finding]) -> Decision:
    """A contradiction that weighs enough stands in the way; where no key ever worked, nothing is decided."""
    if not heavy:
        return run.decision
    more = f" (and {len(heavy) - 1} more)" if len(heavy) > 1 else ""
    reason = f"{heavy[0].rule}: {heavy[0].message.rstrip('.')}{more}."
    worked = any(row.verdict in ANSWERED for row in run.observations)
    return Decision(
        outcome=Outcome.NO_GO if worked else run.decision.outcome,
        reasons=(reason, *run.decision.reasons) if worked else (*run.decision.reasons, reason),
    )
