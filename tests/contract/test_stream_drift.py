"""Drift of channels: what moved between two recordings, a recording and a target, and two Runs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from audit.contract.cassette import default_folder
from audit.contract.stream_file import FILE, dump_stream, load_stream
from audit.jobs.probing import probe
from audit.jobs.settings import Settings, aim
from audit.model import SUBSCRIBE, Outcome, Verdict
from audit.spec.catalog import Spec
from tests.contract.moved import between, from_target, recorded, told
from tests.contract.streams import NAME, Change, instead, messages, rows, without

REFUSAL = f"{NAME} need upgrade plan"
FIELD = "data[].volUsd"


def changed(folder: Path, plan: str, change: Change | None) -> Path:
    """The shipped recording of a plan with one of its channels changed, or left out."""
    shutil.copytree(default_folder() / plan, folder / plan)
    path = folder / plan / FILE
    made = load_stream(path)
    kept = [heard for heard in made.channels if heard.channel != NAME]
    if change is not None:
        kept += [change(heard) for heard in made.channels if heard.channel == NAME]
    path.write_text(dump_stream(made.model_copy(update={"channels": tuple(kept)})))
    return folder


@pytest.mark.parametrize(
    ("plan", "change", "line"),
    [
        ("standard", rows(lambda row: row.pop("volUsd")), f"error: {NAME}: {FIELD} is gone"),
        ("standard", rows(lambda row: row.update(usd=row.pop("volUsd"))),
         f"error: {NAME}: {FIELD} is called usd now"),
        ("standard", rows(lambda row: row.update(trade=7)), f"note: {NAME}: data[].trade is new"),
        ("standard", rows(lambda row: row.update(volUsd=str(row["volUsd"]))),
         f"error: {NAME}: {FIELD} is text now, was number"),
        ("standard", rows(lambda row: row.update(volUsd=None)), f"error: {NAME}: {FIELD} may be null now"),
        ("standard", rows(lambda row: row.update(time=row["time"] // 1000)),
         f"error: {NAME}: data[].time is in seconds now, was in milliseconds"),
        ("standard", messages(lambda body: body.update(data=[])),
         f"error: {NAME}: has no rows where it had some"),
        ("standard", instead("text", REFUSAL), f"error: {NAME}: is no longer open on standard"),
        ("standard", instead("text", "Welcome!"), f"error: {NAME}: was answered, is unreadable now"),
        ("startup", instead("text", "please upgrade plan"),
         f'note: {NAME}: the refusal plan_gated has the words "please upgrade plan", had "{REFUSAL}"'),
        ("startup", instead("text", "Nothing for you"),
         f"error: {NAME}: was refused as plan_gated, is unreadable now"),
        ("standard", None, f"warning: {NAME}: was recorded before and is not there now"),
    ],
)  # fmt: skip
def test_what_moved_in_a_channel_is_told(
    spec: Spec, tmp_path: Path, plan: str, change: Change | None, line: str
) -> None:
    found = between(spec, default_folder(), changed(tmp_path, plan, change), plan)
    assert line in told(found)
    assert not found.edits
    assert {finding.operation for finding in found.run.findings} == {NAME}


def test_what_cannot_be_reached_has_not_moved(spec: Spec, tmp_path: Path) -> None:
    found = between(spec, default_folder(), changed(tmp_path, "startup", without(REFUSAL)), "startup")
    assert told(found) == []


def test_channels_can_be_compared_alone(spec: Spec, tmp_path: Path) -> None:
    first = recorded(spec, tmp_path / "first", "standard", only=(NAME,))
    second = recorded(spec, tmp_path / "second", "standard", only=(NAME,), seed=7)
    found = between(spec, first, second, only=(NAME,))
    assert told(found) == []
    assert [(row.operation, row.method) for row in found.run.observations] == [(NAME, SUBSCRIBE)]
    assert found.run.decision.outcome is Outcome.GO


def test_a_target_is_listened_to_where_channels_are_recorded(spec: Spec, tmp_path: Path) -> None:
    given = {"plan": "standard", "sandbox": True, "only": (NAME,), "seed": 3}
    assert told(from_target(spec, default_folder(), **given)) == []
    moved = changed(tmp_path, "standard", rows(lambda row: row.update(usd=row.pop("volUsd"))))
    assert told(from_target(spec, moved, **given)) == [f"error: {NAME}: data[].usd is called volUsd now"]
    (moved / "standard" / FILE).unlink()
    silent = from_target(spec, moved, **{**given, "only": ("option_info",)})
    assert {row.method for row in silent.run.observations} == {"GET"}


def test_a_channel_that_moved_between_two_runs_is_told(spec: Spec, tmp_path: Path) -> None:
    settings = Settings(plan="standard", sandbox=True, only=(NAME,))
    run = probe(spec, settings, aim(settings, spec, None)).run
    gated = tuple(
        row.model_copy(update={"verdict": Verdict.PLAN_GATED, "message": REFUSAL})
        if row.operation == NAME
        else row
        for row in run.observations
    )
    before, now = tmp_path / "before.json", tmp_path / "now.json"
    before.write_text(run.model_dump_json())
    now.write_text(run.model_copy(update={"observations": gated}).model_dump_json())
    assert told(between(spec, before, now)) == [f"error: {NAME}: is no longer open on standard"]
    assert told(between(spec, before, before)) == []
