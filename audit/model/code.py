"""What source code relies on, and the plan that it needs."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from audit.model.words import Frozen


class Use(Frozen):
    """A place in source code that relies on the API."""

    file: str
    line: int
    path: str
    operation: str | None = None
    status: Literal["current", "legacy", "unknown"]
    min_plan: str | None = None


class Because(Frozen):
    """One use that forces a plan."""

    operation: str
    file: str | None = None
    line: int | None = None
    plan: str | None = None


class Alternative(Frozen):
    """A cheaper plan, and what would have to change for it.

    ``without`` are the operations that the plan refuses, ``stand_ins`` those it opens that can be used
    instead, best first, and ``lacks`` says what these do not give. ``wider`` are operations that only
    need a wider interval, with the finest one that the plan answers.
    """

    plan: str
    without: tuple[str, ...] = ()
    stand_ins: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    lacks: dict[str, str] = Field(default_factory=dict)
    wider: dict[str, str] = Field(default_factory=dict)


class Advice(Frozen):
    """The cheapest plan that serves every use found, what forces it, and what cheaper ones would take.

    ``alternatives`` stand dearest first: the smallest change comes first.
    """

    minimum_plan: str
    because: tuple[Because, ...] = ()
    alternatives: tuple[Alternative, ...] = ()


class SkippedFile(Frozen):
    """A file that was not read, and why."""

    file: str
    reason: str
    detail: str | None = None


class Scanned(Frozen):
    """What a scan went through: ``files`` were looked at, ``read`` of them held something to judge.

    ``read_as_text`` could not be read in their language. ``skipped`` counts by reason what was left out,
    ``skipped_files`` names the first of it. ``known`` findings stand in the baseline, ``gone`` ones only
    there; both are null without one.
    """

    paths: tuple[str, ...]
    files: int
    read: int
    read_as_text: tuple[str, ...] = ()
    skipped: dict[str, int] = Field(default_factory=dict)
    skipped_files: tuple[SkippedFile, ...] = ()
    known: int | None = None
    gone: int | None = None
