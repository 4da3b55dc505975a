"""The corpus: small files in every language, with everything that a scan should say of them."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import pytest
import yaml

from audit.checks import CODE_CHECKS
from audit.checks.reliance import Reliance, meaning
from audit.model import Finding
from audit.scan.atlas import Atlas
from audit.scan.languages import language_of, languages
from audit.scan.source import Source, read_source
from audit.scan.streams import used
from audit.scan.strings import Outside
from audit.scan.uses import Use
from audit.spec.catalog import Spec, default_folder, load
from audit.spec.legacy import load_legacy

CORPUS = Path(__file__).parent / "corpus"
EXPECTED: dict[str, list[str]] = yaml.safe_load((CORPUS / "expected.yaml").read_text("utf-8"))


@cache
def shipped() -> tuple[Spec, Atlas]:
    spec = load(default_folder())
    return spec, Atlas(spec, load_legacy(spec.folder))


def judged(
    name: str, raw: bytes, plan: str = "standard", outside: Outside | None = None
) -> tuple[Source, list[Finding]]:
    """Read a file and run every rule of code on it."""
    spec, atlas = shipped()
    source = read_source(name, raw, atlas, outside)
    reliance = Reliance(source, spec, spec.ladder.get(plan))
    return source, [finding for check in CODE_CHECKS for finding in check(reliance)]


@cache
def told(name: str) -> tuple[tuple[str, str], ...]:
    """Return everything the scan says of a corpus file: the line and the rule, and what to write instead."""
    source, findings = judged(name, (CORPUS / name).read_bytes())
    said = []
    for use in source.relied.uses:
        line = source.lines.location(name, use.anchor.start).line
        said += [(f"{line} use", operation) for operation in operations(use)]
    for one, _ in used(source):
        stream = "stream" if one.status == "current" else "?"
        said.append((f"{one.line} use", one.operation or stream))
    for finding in findings:
        assert finding.location is not None
        said.append((f"{finding.location.line} {finding.rule}", finding.replacement or ""))
    return tuple(said)


def operations(use: Use) -> list[str]:
    """Return the operations that a use may be today; a sign for none."""
    spec, _ = shipped()
    meant = meaning(use, spec)
    if meant is not None:
        return [meant.operation.id if meant.operation else "?"]
    return [known.operation.id for known in use.known if known.operation] or ["?"]


def wanted(name: str) -> list[tuple[str, str]]:
    """Return what expected.yaml says of a file, in the form of ``told``."""
    rows = [row.split(maxsplit=2) for row in EXPECTED[name]]
    return [(f"{row[0]} {row[1]}", row[2] if len(row) > 2 else "") for row in rows]


@pytest.mark.parametrize("name", EXPECTED)
def test_a_file_comes_to_what_is_expected(name: str) -> None:
    want = wanted(name)
    # What to write instead is compared where the expectation says it.
    silent = {place for place, detail in want if not detail}
    said = [(place, "" if place in silent else detail) for place, detail in told(name)]
    assert sorted(said) == sorted(want)


def test_every_file_has_an_expectation_and_every_language_a_file() -> None:
    files = {path.relative_to(CORPUS).as_posix() for path in CORPUS.rglob("*") if path.is_file()}
    assert files - {"expected.yaml"} == set(EXPECTED)
    assert len(files) > 60
    read = {language_of(name, (CORPUS / name).read_bytes()[:256]) for name in EXPECTED}
    assert read == set(languages())


def test_precision_and_recall_of_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    right, invented, missed = Counter[str](), Counter[str](), Counter[str]()
    for name in EXPECTED:
        said, want = Counter(place for place, _ in told(name)), Counter(place for place, _ in wanted(name))
        for counter, found in ((right, said & want), (invented, said - want), (missed, want - said)):
            counter.update(place.split()[1] for place in found.elements())
    with capsys.disabled():
        print(f"\n{'':24}{'found':>7}{'precision':>11}{'recall':>8}")  # noqa: T201 - the table is for reading
        for rule in sorted({*right, *invented, *missed}):
            precision = right[rule] / max(1, right[rule] + invented[rule])
            recall = right[rule] / max(1, right[rule] + missed[rule])
            print(f"{rule:24}{right[rule]:7}{precision:11.2f}{recall:8.2f}")  # noqa: T201 - the same
    assert not invented
    assert not missed


def test_an_interval_below_the_floor_of_the_plan_is_found() -> None:
    name = "csharp/Client.cs"
    raw = (CORPUS / name).read_bytes()
    for plan, expected in (("hobbyist", [3]), ("startup", [])):
        _, findings = judged(name, raw, plan)
        gated = [one.location.line for one in findings if one.rule == "interval-gated" and one.location]
        assert gated == expected


def test_no_finding_shows_a_key() -> None:
    key = "fa4efa4efa4efa4efa4efa4efa4efa4e"
    for name in EXPECTED:
        _, findings = judged(name, (CORPUS / name).read_bytes())
        assert not [finding for finding in findings if key in finding.model_dump_json()], name
