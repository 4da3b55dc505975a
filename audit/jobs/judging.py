"""What happens to one file that holds a stem: it is read and judged. Runs in any process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from audit.checks import CODE_CHECKS
from audit.checks.observed import Observed
from audit.checks.reliance import Reliance, accepted, meaning
from audit.model import Finding, Use
from audit.scan.advise import Need, cheapest
from audit.scan.atlas import Atlas
from audit.scan.files import to_utf8
from audit.scan.ignore import Marks
from audit.scan.imports import Neighbours
from audit.scan.pool import Job
from audit.scan.prefilter import stems_from
from audit.scan.source import Source, read_source
from audit.scan.streams import used
from audit.spec.catalog import Spec, load
from audit.spec.legacy import load_legacy
from audit.spec.plans import Plan

# Judging takes a thousand times as long as searching: few files are worth several processes, one by one.
CHUNK_FILES = 1
INLINE_BYTES = 64 * 1024

T = TypeVar("T")


def heavy(work: Callable[[str, bytes], T]) -> Job[T]:
    """Return the job of doing something that takes long with each file."""
    return Job(work, chunk=CHUNK_FILES, inline=INLINE_BYTES)


class Known:
    """A description and what a scan looks for by it. Another process gets its folder and reads it there."""

    def __init__(self, spec: Spec) -> None:
        legacy = load_legacy(spec.folder)
        self.spec = spec
        self.atlas = Atlas(spec, legacy)
        self.stems = stems_from(spec, legacy)

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return _known_in, (self.spec.folder,)


def _known_in(folder: Path) -> Known:
    return Known(load(folder))


@dataclass(frozen=True)
class Judged:
    """What one file comes to: its uses, what is wrong, and what it needs of a plan.

    ``needs`` are operation or channel, interval where it is known, and line. ``parsed`` is false where the
    file was read as plain text because its language could not be.
    """

    uses: tuple[Use, ...]
    findings: tuple[Finding, ...]
    needs: tuple[tuple[str, str | None, int], ...]
    parsed: bool = True


def judge(source: Source, spec: Spec, plan: Plan | None, observed: Observed | None) -> Judged:
    """Judge one file that has been read."""
    reliance = Reliance(source, spec, plan, observed)
    findings = [finding for check in CODE_CHECKS for finding in check(reliance)]
    uses, needs = [], []
    for use in source.relied.uses:
        meant = meaning(use, spec)
        operation = meant.operation if meant else None
        line = source.lines.location(source.name, use.anchor.start).line or 1
        status: Literal["current", "legacy", "unknown"] = "current"
        if meant is None or meant.route is not None:
            status = "unknown" if meant is None else "legacy"
        minimum = None
        if operation is not None and meant is not None:
            parameter = operation.parameter("interval")
            sent = [
                param.value
                for param in use.parameters.given
                if parameter is not None and accepted(param.name, meant) == parameter.name
            ]
            need = Need(operation, sent[0] if sent else None, source.name, line)
            needs.append((operation.id, need.interval, line))
            minimum = cheapest(spec, need)
        uses.append(
            Use(
                file=source.name,
                line=line,
                path=use.path.replace("\x00", "{}"),
                operation=operation.id if operation else None,
                status=status,
                min_plan=minimum,
            )
        )
    for said, channel in used(source):
        uses.append(said)
        needs += [(channel.id, None, said.line)] if channel is not None else []
    return Judged(tuple(uses), tuple(findings), tuple(needs), source.facts.parsed)


@dataclass(frozen=True)
class Judge:
    """Judges a file, given its name and bytes; findings of the rules in ``ignore`` are left out."""

    known: Known
    plan: Plan | None
    observed: Observed | None
    ignore: tuple[str, ...] = ()
    comments: bool = False
    near: Neighbours | None = None

    def __call__(self, name: str, raw: bytes) -> Judged:
        """Return what the file comes to."""
        text = to_utf8(raw)
        outside = self.near.outside(name) if self.near else None
        source = read_source(name, text, self.known.atlas, outside, comments=self.comments)
        judged = judge(source, self.known.spec, self.plan, self.observed)
        marks = Marks(text.decode("utf-8", errors="replace"))
        kept = tuple(
            finding
            for finding in judged.findings
            if finding.rule not in self.ignore
            and not marks.covers(finding.rule, finding.location.line if finding.location else None)
        )
        return Judged(judged.uses, kept, judged.needs, judged.parsed)
