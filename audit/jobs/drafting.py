"""The draft of a consumer contract as a job: every file that a search has found, read once more."""

from __future__ import annotations

from dataclasses import dataclass

from audit.contract.consumer_draft import Drafted, drafted, merged, written
from audit.errors import UsageError
from audit.jobs.judging import Known, heavy
from audit.jobs.scanning import Scan, found_by
from audit.model import Advice
from audit.scan.files import Skipped, to_utf8
from audit.scan.imports import Neighbours
from audit.scan.pool import scan_files
from audit.scan.search import Searched
from audit.scan.source import read_source


@dataclass(frozen=True)
class Drafter:
    """Drafts the needs of one file, given its name and bytes."""

    known: Known
    near: Neighbours

    def __call__(self, name: str, raw: bytes) -> tuple[Drafted, ...]:
        """Return what the file asks for."""
        source = read_source(name, to_utf8(raw), self.known.atlas, self.near.outside(name))
        return drafted(source, self.known.spec)


def draft(
    known: Known, asked: Scan, name: str, advice: Advice | None, searched: Searched | None = None
) -> str:
    """Return the first draft of a contract for the code that a scan reads; its plan is the one advised.

    Raises UsageError where the code asks for nothing that today's API has.
    """
    searched = found_by(known, asked, searched)
    work = heavy(Drafter(known, Neighbours(asked.paths)))
    found: list[Drafted] = []
    for result in scan_files(searched.hits, work, jobs=asked.jobs):
        if not isinstance(result, Skipped):
            found += result.value
    if not found:
        raise UsageError("no contract to draft: the code asks for no operation of the description")
    plan = advice.minimum_plan if advice else known.spec.ladder.names[0]
    return written(known.spec, name, plan, merged(found, known.spec))
