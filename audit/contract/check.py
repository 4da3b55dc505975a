"""Looks through a folder of cassettes: each loads, says where it comes from, and holds no key."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from audit.checks import cassette as rule
from audit.checks.cassette import Kept
from audit.checks.secret import keys_in, shortened
from audit.contract.cases import strangers
from audit.contract.cassette import Cassette, file_name
from audit.contract.record import kept_headers
from audit.contract.replay import Library, nothing_recorded, plans_in, spelled
from audit.contract.scrub import Scrubber
from audit.contract.sealed import MAX_BYTES, SUFFIX
from audit.contract.stream_file import Stream, load_either
from audit.contract.stream_observing import undocumented
from audit.errors import CassetteError
from audit.model import Finding, sort_findings
from audit.scan.atlas import Atlas
from audit.spec.catalog import Spec
from audit.spec.legacy import load_legacy
from audit.spec.legacy_params import FILE


def examine(
    folder: Path, spec: Spec, *, now: float, max_age: float | None = None, scrubber: Scrubber | None = None
) -> tuple[Finding, ...]:
    """Return what is wrong with the cassettes below a folder, plan by plan.

    ``now`` is in epoch seconds, ``max_age`` in seconds; ``scrubber`` knows the key that must not be found.
    Raises CassetteError where there are no cassettes at all.
    """
    if not plans_in(folder):
        raise CassetteError(nothing_recorded(folder))
    # What keys are called; a description may come without it.
    atlas = Atlas(spec, load_legacy(spec.folder)) if (spec.folder / FILE).is_file() else None
    found: list[Finding] = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        # Other files beside the plans, such as a README, are the owner's business.
        if path.suffix == SUFFIX or path.parent.name in spec.ladder.names:
            found += rule.check(_look(path, folder, spec, atlas, now, max_age, scrubber))
    return sort_findings(found)


def unused_in(library: Library) -> tuple[Finding, ...]:
    """Return a finding for each file of which an answer was never asked for."""
    rows: dict[str, list[str]] = {}
    for row in library.unused():
        name = file_name(library.spec.operations[row.operation].group)
        rows.setdefault(name, []).append(spelled(row.request))
    found = [Kept(str(library.folder / name), unused=tuple(unused)) for name, unused in rows.items()]
    return sort_findings([finding for kept in found for finding in rule.check(kept)])


def _look(
    path: Path,
    folder: Path,
    spec: Spec,
    atlas: Atlas | None,
    now: float,
    max_age: float | None,
    scrubber: Scrubber | None,
) -> Kept:
    leaks = tuple(_leaks(path, atlas, scrubber))
    try:
        cassette = load_either(path)
        _check_place(path, folder, cassette, spec)
    except CassetteError as error:
        return Kept(str(path), fault=str(error).removeprefix(f"{path}:").strip(), leaks=leaks)
    return Kept(
        file=str(path),
        age=now - cassette.about.recorded_at.timestamp(),
        max_age=max_age,
        leaks=(*leaks, *_undocumented(cassette, spec)),
        strangers=strangers(spec, cassette),
        current=cassette.about.spec.sha256 == spec.sha256,
    )


def _check_place(path: Path, folder: Path, cassette: Cassette | Stream, spec: Spec) -> None:
    plan, name = cassette.about.plan, file_name(cassette.about.group)
    if plan not in spec.ladder.names:
        raise CassetteError(f"{path}: plan {plan} is none of {', '.join(spec.ladder.names)}; record it again")
    if path != folder / plan / name:
        raise CassetteError(
            f"{path}: holds {cassette.about.group} on {plan}; it belongs to {folder / plan / name}"
        )


def _leaks(path: Path, atlas: Atlas | None, scrubber: Scrubber | None) -> Iterator[str]:
    """Where a text stands that is the key, or that looks like one beside a name for keys."""
    if path.stat().st_size > MAX_BYTES:
        return
    text = path.read_bytes().decode("utf-8", "replace")
    if scrubber is not None and scrubber.finds(text):
        yield f"the key itself stands in it, at line {scrubber.line(text)}"
        return
    if atlas is None:
        return
    for number, line in enumerate(text.splitlines(), start=1):
        for start, end in keys_in(line, atlas):
            yield f"line {number} holds what looks like a key: {shortened(line[start:end])}"


def _undocumented(cassette: Cassette | Stream, spec: Spec) -> Iterator[str]:
    """What a recording never holds: where an API does not document something, it may carry a key."""
    headers = kept_headers(spec.provider)
    if isinstance(cassette, Stream):
        yield from _unheard_of(cassette, spec, headers)
        return
    for row in cassette.interactions:
        for name in sorted(set(row.response.headers) - set(headers)):
            yield f"{row.operation}: the header {name} is none that is kept"
        operation = spec.operations.get(row.operation)
        known = (
            {parameter.name for parameter in operation.parameters} if operation else set(row.request.params)
        )
        for name in sorted(set(row.request.params) - known):
            yield f"{row.operation}: the parameter {name} is not documented"


def _unheard_of(stream: Stream, spec: Spec, headers: Collection[str]) -> Iterator[str]:
    """Headers, names and messages of a listener that are not documented."""
    for heard in stream.channels:
        for name in sorted({name for line in heard.lines if line.answer for name in line.answer.headers}):
            if name not in headers:
                yield f"{heard.channel}: the header {name} is none that is kept"
        channel = spec.stream.channels.get(heard.channel) if spec.stream else None
        if spec.stream is not None and channel is not None:
            for told in undocumented(spec.stream, channel, heard):
                yield f"{heard.channel}: {told}"
