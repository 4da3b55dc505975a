"""A Run read back: of another version of the format, cut off, or none at all."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import pytest

from audit.errors import UsageError
from audit.history import packed
from audit.history.packed import pack, parse_run, unpack
from audit.jobs.runfile import read_run
from audit.report.formats.json_ import render
from tests.report.factory import CASES, flood, run


@pytest.mark.parametrize("case", CASES)
def test_what_is_packed_comes_back(case: str) -> None:
    assert unpack(pack(CASES[case]()), "here") == CASES[case]()


def test_packing_saves_much() -> None:
    assert len(pack(flood())) < len(render(flood())) / 20


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("2", "written as coinglass-audit.run/2, this tool reads coinglass-audit.run/1; use a newer version"),
        ("0", "written as coinglass-audit.run/0, this tool reads coinglass-audit.run/1; audit again"),
        ("x", "not a run file: format: Input should be 'coinglass-audit.run/1'"),
    ],
)
def test_another_version_of_the_format_is_said(version: str, words: str, tmp_path: Path) -> None:
    tree = {**json.loads(render(run())), "format": f"coinglass-audit.run/{version}"}
    file = tmp_path / "run.json"
    file.write_text(json.dumps(tree))
    with pytest.raises(UsageError) as caught:
        read_run(file)
    assert str(caught.value).startswith(f"{file}: {words}")


def test_a_run_of_a_later_version_is_said_even_where_its_keys_differ() -> None:
    with pytest.raises(UsageError, match=r"here: written as coinglass-audit\.run/7"):
        parse_run(b'{"format": "coinglass-audit.run/7", "observations": {"new": "shape"}}', "here")


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_a_truncated_run_is_said(share: float, tmp_path: Path) -> None:
    raw = pack(run())
    with pytest.raises(UsageError, match="here: truncated"):
        unpack(raw[: int(len(raw) * share)], "here")
    file = tmp_path / "run.json"
    file.write_text(render(run())[: int(len(render(run())) * share)])
    with pytest.raises(UsageError, match=r"run\.json: not a run file"):
        read_run(file)


def test_what_would_fill_the_memory_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "MAX_BYTES", 1000)
    with pytest.raises(UsageError, match="here: larger than can be read"):
        unpack(zlib.compress(b" " * 1_000_000), "here")
