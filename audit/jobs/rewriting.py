"""The rewrite as a job: what the certain edits make of each file that a search has found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

from audit.checks.reliance import meaning
from audit.jobs.judging import Judge, Known, heavy
from audit.jobs.scanning import Scan, found_by, judge_for
from audit.model import Finding
from audit.scan.files import Skipped
from audit.scan.pool import scan_files
from audit.scan.rewrite import Change, apply, plan_edits
from audit.scan.search import Searched
from audit.scan.source import Source, read_source


@dataclass(frozen=True)
class Rewritten:
    """What the certain edits make of one file, and what is left to a person: lines of the file before."""

    path: Path
    before: bytes
    after: bytes
    left: tuple[str, ...]


@dataclass(frozen=True)
class Rewriter:
    """Rewrites a file, given its name and bytes; nothing is written."""

    judge: Judge

    def __call__(self, name: str, raw: bytes) -> Rewritten | None:
        """Return what the edits make of the file; None where there is nothing to edit or to tell.

        A file that would parse worse afterwards comes back as it is.
        """
        known, near = self.judge.known, self.judge.near
        source = read_source(name, raw, known.atlas, near.outside(name) if near else None)
        meanings = [
            (use, meant.operation if meant else None, meant.route if meant else None)
            for use, meant in ((use, meaning(use, known.spec)) for use in source.relied.uses)
        ]
        edits = plan_edits(source, meanings)
        after = apply(raw, edits.changes)
        told = [(_line(source, left.span.start), left.reason) for left in edits.left]
        # No edit tells what it does not see: what the result is still judged by has been left, too.
        for finding in self.judge(name, after).findings:
            at = finding.location and finding.location.line
            line = line_before(at or 1, raw, edits.changes)
            if not any(place == line and _tells(reason, finding) for place, reason in told):
                told.append((line, f"{finding.rule}: {finding.message}"))
        if not edits.changes and not told:
            return None
        left = (f"{name}:{line}: {reason}" for line, reason in sorted(told, key=itemgetter(0)))
        return Rewritten(Path(name), raw, after, tuple(dict.fromkeys(left)))


def rewrite(known: Known, asked: Scan, searched: Searched | None = None) -> Iterator[Rewritten]:
    """Yield every file that certain edits would change, in the order of the files; nothing is written."""
    searched = found_by(known, asked, searched)
    for result in scan_files(searched.hits, heavy(Rewriter(judge_for(known, asked))), jobs=asked.jobs):
        if not isinstance(result, Skipped) and result.value is not None:
            yield result.value


def _line(source: Source, offset: int) -> int:
    return source.lines.location(source.name, offset).line or 1


def line_before(line: int, raw: bytes, changes: Iterable[Change]) -> int:
    """Return which line of the file a line of the rewritten text was."""
    added = 0
    for change in changes:
        at = raw.count(b"\n", 0, change.span.start) + 1 + added
        if at < line:
            added += min(change.new.count(b"\n") - change.old.count(b"\n"), line - at)
    return line - added


def _tells(reason: str, finding: Finding) -> bool:
    """Whether a reason names what a finding on the same line is about."""
    names = (finding.legacy, finding.replacement)
    return any(name and re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", reason) for name in names)
