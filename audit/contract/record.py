"""From the answers that came to cassettes on disk: what is kept, in which order, whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audit.client.answers import Complete, Outcome, Request
from audit.contract.cassette import (
    Answered,
    Asked,
    Cassette,
    Interaction,
    dump,
    encode_body,
    file_name,
)
from audit.contract.scrub import Scrubber
from audit.contract.sealed import SUFFIX, Origin, Recording
from audit.contract.stream_file import FILE, Stream, dump_stream, load_either
from audit.contract.trim import trim
from audit.errors import CassetteError, OutputError
from audit.probe.asks import Ask
from audit.probe.reading import count_rows
from audit.spec.catalog import Spec
from audit.spec.operations import Operation
from audit.spec.provider import Provider
from audit.spec.widths import seconds

# Beside the limit, what a reader of answers can need; the rest changes with every request.
_HEADERS = ("content-type", "date", "location", "retry-after")


def kept_headers(provider: Provider) -> list[str]:
    """Return the names of the headers of an answer that a cassette keeps, in lower case."""
    return sorted((*_HEADERS, provider.rate_limit.limit.lower()))


@dataclass(frozen=True)
class Heard:
    """One request as it was sent, and what came back."""

    ask: Ask
    request: Request
    outcome: Outcome


def assemble(
    spec: Spec, origin: Mapping[str, Any], heard: Iterable[Heard], scrubber: Scrubber
) -> list[Cassette]:
    """Return one cassette for each group that was asked, its interactions in an order that stays.

    ``origin`` is what all of them have in common; an outcome that is not complete is left out.
    """
    rows = sorted(heard, key=_order)
    landmarks = _landmarks(rows)
    groups: dict[str, dict[Any, Interaction]] = {}
    for row in rows:
        if isinstance(row.outcome, Complete):
            made = _interaction(spec, row, row.outcome, scrubber, landmarks)
            groups.setdefault(row.ask.operation.group, {}).setdefault(made.identity, made)
    return [
        Cassette(about=Origin(group=group, **origin), interactions=tuple(made.values()))
        for group, made in sorted(groups.items())
    ]


def write(
    folder: Path,
    plan: str,
    cassettes: Iterable[Cassette],
    scrubber: Scrubber,
    *,
    whole: bool,
    stream: Stream | None = None,
) -> list[Path]:
    """Replace a plan's cassettes; ``whole`` says that these are all, else the others stay.

    Everything is written beside the plan's folder, read back, and then takes its place at once.
    Raises CassetteError where a key would be written, OutputError where the folder cannot be.
    """
    made_of = list(cassettes)
    texts = {file_name(cassette.about.group): dump(cassette) for cassette in made_of}
    if stream is not None:
        texts[FILE] = dump_stream(stream)
    for name, text in texts.items():
        if scrubber.finds(text):
            raise CassetteError(f"{folder / plan / name}: would still contain the key; nothing is written")
    place = folder / plan
    if not whole:
        _check_kind(place, [*made_of, *([stream] if stream else [])], texts)
    part, old = (folder / f".{plan}.{os.getpid()}.{end}" for end in ("part", "old"))
    try:
        # The last name is the plan's, as reading a cassette compares the two.
        made = part / plan
        made.mkdir(parents=True)
        _keep(place, made, texts, whole)
        for name, text in texts.items():
            (made / name).write_text(text, encoding="utf-8", newline="\n")
            load_either(made / name)
        _swap(made, place, old)
    except OSError as error:
        raise OutputError(f"{place}: cannot be written ({error.strerror}); name another folder") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
        if place.exists():
            shutil.rmtree(old, ignore_errors=True)
    return [place / name for name in texts]


def _keep(place: Path, made: Path, texts: Mapping[str, str], whole: bool) -> None:
    """Copy what stays of the folder that is about to be replaced."""
    if not place.is_dir():
        return
    for path in sorted(place.iterdir()):
        if path.name not in texts and path.is_file() and not (whole and path.suffix == SUFFIX):
            shutil.copy2(path, made / path.name)


def _check_kind(place: Path, cassettes: Iterable[Recording], replaced: Collection[str]) -> None:
    """Keep a plan's cassettes of one kind: what is said of one of them is then true of all."""
    kinds = {cassette.about.target.kind for cassette in cassettes}
    for path in sorted(path for path in place.glob(f"*{SUFFIX}") if path.name not in replaced):
        kind = load_either(path).about.target.kind
        if kind not in kinds:
            raise CassetteError(f"{path}: recorded from {kind}; record the whole plan, without --only")


def _swap(made: Path, place: Path, old: Path) -> None:
    there = place.exists()
    if there:
        place.rename(old)
    try:
        made.rename(place)
    except BaseException:
        if there:
            with suppress(OSError):
                old.rename(place)
        raise


def _order(row: Heard) -> tuple[str, bool, float]:
    """By operation, its ordinary request first, then from the finest interval on."""
    ask = row.ask
    return ask.operation.id, ask.purpose != "operation", seconds(ask.interval) if ask.interval else 0


def _landmarks(rows: Iterable[Heard]) -> frozenset[str]:
    """The pairs that were asked for: the lists of what exists must go on naming them."""
    pairs = set()
    for row in rows:
        parameter = row.ask.operation.parameter("pair")
        if parameter is not None:
            pairs.add(dict(row.request.params).get(parameter.name, ""))
    return frozenset(pairs - {""})


def _interaction(
    spec: Spec, heard: Heard, answer: Complete, scrubber: Scrubber, landmarks: Collection[str]
) -> Interaction:
    provider, operation = spec.provider, heard.ask.operation
    listed = any(source.operation == operation.id for source in provider.pairs)
    raw, rows = answer.body, None
    read = encode_body(raw)
    if read["form"] == "json":
        kept = trim(operation, read["body"], landmarks=landmarks if listed else ())
        rows = _rows_before(operation, provider, read["body"], kept)
        raw = json.dumps(kept, separators=(",", ":"), ensure_ascii=False).encode()
    return Interaction(
        operation=operation.id,
        interval=heard.ask.interval,
        request=Asked(
            method=heard.request.method,
            path=heard.request.path,
            params={name: scrubber.clean(value) for name, value in heard.request.params},
        ),
        response=Answered(
            status=answer.status,
            headers=_headers(answer.headers, provider, scrubber),
            rows=rows,
            **encode_body(scrubber.clean_bytes(raw)),
        ),
    )


def _rows_before(operation: Operation, provider: Provider, body: Any, kept: Any) -> int | None:
    """How many rows came, where fewer are kept."""
    if not isinstance(body, dict):
        return None
    came = count_rows(body, operation, provider)
    return None if came == count_rows(kept, operation, provider) else came


def _headers(headers: Mapping[str, str], provider: Provider, scrubber: Scrubber) -> dict[str, str]:
    return {name: scrubber.clean(headers[name]) for name in kept_headers(provider) if name in headers}
