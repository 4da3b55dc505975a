"""The scan comes to the same however it is spread, and believes nothing that it has not worked out."""

from __future__ import annotations

import json
import pickle
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from audit.jobs.judging import Known
from audit.jobs.rewriting import rewrite
from audit.jobs.scanning import Scan, against, scan, scan_known
from audit.model import Outcome, Run, Severity
from audit.report.schema import run_schema
from audit.scan.baseline import Baseline, LineReader
from audit.scan.search import Places, Searched, search
from audit.spec.catalog import Spec
from audit.spec.legacy import load_legacy

MANY = 300


@pytest.fixture(scope="module")
def known(spec: Spec) -> Known:
    return Known(spec)


@pytest.fixture(scope="module")
def call(spec: Spec) -> str:
    """A line of Python that asks an earlier version."""
    legacy = load_legacy(spec.folder)
    route = next(
        route for route in legacy.routes if route.current and not legacy.versions[route.version].current
    )
    version = legacy.versions[route.version]
    return f'data = requests.get("{version.url}{route.path}", timeout=3)\n'


@pytest.fixture
def tree(tmp_path: Path, call: str) -> Path:
    """Enough files for other processes: every third asks the API, one holds a syntax error."""
    folder = tmp_path / "tree"
    folder.mkdir()
    for number in range(MANY):
        text = f"import requests\n# {number}\n{call}" if number % 3 == 0 else "print(1)\n"
        (folder / f"f{number:03}.py").write_text(text, encoding="utf-8")
    (folder / "broken.py").write_text(f"def f(:\n    ((((\n{call}", encoding="utf-8")
    (folder / "image.png").write_bytes(b"\0\1\2")
    return folder


def facts(run: Run) -> dict[str, Any]:
    """A run without its times."""
    return run.model_dump(mode="json", exclude={"started_at", "finished_at"})


def test_the_number_of_processes_changes_nothing(known: Known, tree: Path) -> None:
    alone, spread = (scan_known(known, Scan((tree,), jobs=jobs)) for jobs in (1, 2))
    assert facts(alone) == facts(spread)
    assert len(alone.uses) == MANY // 3 + 1
    assert {use.status for use in alone.uses} == {"legacy"}
    assert alone.decision.outcome is Outcome.NO_GO


def test_what_was_gone_through_is_counted_and_named(known: Known, tree: Path) -> None:
    scanned = scan_known(known, Scan((tree,))).scanned
    assert scanned is not None
    assert (scanned.files, scanned.read) == (MANY + 2, MANY // 3 + 1)
    assert scanned.read_as_text == (str(tree / "broken.py"),)
    assert scanned.skipped == {"binary": 1}
    assert [(skipped.file, skipped.reason) for skipped in scanned.skipped_files] == [
        (str(tree / "image.png"), "binary")
    ]


def test_the_run_follows_the_published_schema(known: Known, tree: Path) -> None:
    run = scan_known(known, Scan((tree,), plan=known.spec.ladder.plans[0]))
    jsonschema_rs.validator_for(run_schema()).validate(json.loads(run.model_dump_json()))
    assert "scanned" in run_schema()["properties"]


def test_stems_that_are_not_those_of_today_hide_nothing(known: Known, tree: Path) -> None:
    nothing = search(Places((tree,)), ("in-no-file-at-all",))
    assert nothing.hits == []
    asked = Scan((tree,))
    assert facts(scan_known(known, asked, nothing)) == facts(scan(known.spec, asked))
    assert list(rewrite(known, asked, nothing))


def test_a_search_by_the_right_stems_is_not_repeated(known: Known, tree: Path) -> None:
    assert scan_known(known, Scan((tree,)), Searched(known.stems)).uses == ()


def test_what_another_process_gets_is_the_folder(known: Known) -> None:
    sent = pickle.dumps(known)
    assert len(sent) < 2000
    assert pickle.loads(sent).stems == known.stems  # noqa: S301 - written one line above


def test_the_rewrite_comes_in_the_order_of_the_files(known: Known, tree: Path) -> None:
    alone, spread = (list(rewrite(known, Scan((tree,), jobs=jobs))) for jobs in (1, 2))
    assert alone == spread
    assert [file.path for file in alone] == sorted(file.path for file in alone)
    assert any(file.after != file.before for file in alone)


def test_a_baseline_leaves_out_what_it_knows(known: Known, tree: Path, call: str) -> None:
    run = scan_known(known, Scan((tree,)))
    baseline = Baseline.of(run.findings, LineReader(), tree)
    settled = against(baseline, run, Severity.ERROR)
    assert settled.findings == ()
    assert settled.decision.outcome is Outcome.GO
    assert settled.scanned is not None
    assert (settled.scanned.known, settled.scanned.gone) == (len(run.findings), 0)

    (tree / "f000.py").write_text(
        "\n\n\n" + call + "print(2)\n" + re.sub("data", "more", call), encoding="utf-8"
    )
    (tree / "f003.py").unlink()
    again = against(baseline, scan_known(known, Scan((tree,))), Severity.ERROR)
    assert {(found.location.file, found.location.line) for found in again.findings if found.location} == {
        (str(tree / "f000.py"), 6)
    }
    assert again.decision.outcome is Outcome.NO_GO
    assert again.scanned is not None
    assert again.scanned.gone


def test_a_file_that_could_not_be_judged_stands_in_the_way_of_a_go(
    known: Known, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from audit.jobs import judging

    def fail(*_: object) -> None:
        raise ValueError("a bad file")

    run = scan_known(known, Scan((tree,)))
    baseline = Baseline.of(run.findings, LineReader(), tree)
    monkeypatch.setattr(judging, "read_source", fail)
    run = against(baseline, scan_known(known, Scan((tree,), jobs=1)), Severity.ERROR)
    assert run.decision.outcome is Outcome.INCOMPLETE
    assert f"{MANY // 3 + 1} files could not be judged." in run.decision.reasons
