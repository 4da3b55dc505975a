"""Recordings of a sandbox, and an API that has moved: a sandbox that answers by a changed description."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from audit.contract.cassette import Cassette, Interaction, dump, load
from audit.jobs.drifting import Drifted, drift_between, drift_from_target
from audit.jobs.recording import record
from audit.jobs.settings import Settings
from audit.model import Finding, Severity
from audit.sandbox.app import Sandbox
from audit.sandbox.server import running
from audit.spec.catalog import Spec
from audit.spec.catalog import load as load_spec

MOMENT = 1_795_000_000.0


def recorded(spec: Spec, folder: Path, plan: str, **changes: Any) -> Path:
    """Record the sandbox in this process; return the folder."""
    given = {"plan": plan, "sandbox": True, "moment": MOMENT, **changes}
    record(spec, Settings(**given), None, folder)
    return folder


def changed(
    folder: Path, target: Path, file: str, change: Callable[[Interaction], Interaction | None]
) -> Path:
    """Copy a folder of cassettes and change the answers of one file; None leaves one out."""
    shutil.copytree(folder, target)
    path = next(target.rglob(file))
    cassette = load(path)
    rows = tuple(new for row in cassette.interactions if (new := change(row)) is not None)
    path.write_text(dump(Cassette(about=cassette.about, interactions=rows)), encoding="utf-8")
    return target


def between(
    spec: Spec, before: Path, now: Path, plan: str | None = None, only: tuple[str, ...] = ()
) -> Drifted:
    return drift_between(spec, before, now, plan, only, Severity.ERROR)


def told(found: Drifted) -> list[str]:
    """Each finding as severity, operation and message."""
    return [line(finding) for finding in found.run.findings]


def line(finding: Finding) -> str:
    assert finding.rule == "drift"
    assert finding.evidence
    assert finding.evidence.startswith("before: ")
    assert "; now: " in finding.evidence
    return f"{finding.severity}: {finding.operation or '-'}: {finding.message}"


def described(spec: Spec, folder: Path, *edits: tuple[str, str, str]) -> Spec:
    """Copy the description with edits: file, what stands there, what takes its place."""
    copy = folder / "changed"
    if not copy.exists():
        shutil.copytree(spec.folder, copy)
    for file, old, new in edits:
        text = (copy / file).read_text(encoding="utf-8")
        assert text.count(old) == 1, (file, old, text.count(old))
        (copy / file).write_text(text.replace(old, new), encoding="utf-8")
    return load_spec(copy)


@contextmanager
def serving(spec: Spec) -> Iterator[str]:
    """Serve a sandbox of a description, without limits that one would have to wait for."""
    with running(Sandbox(spec, enforce_limits=False)) as base_url:
        yield base_url


def from_target(spec: Spec, cassettes: Path, **given: Any) -> Drifted:
    return drift_from_target(spec, Settings(**given), None, cassettes)
