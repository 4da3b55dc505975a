"""Outputs in a folder: whole or not at all, and one clear line where they cannot be written."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit.errors import OutputError, UsageError
from audit.model import Run
from audit.report import files
from audit.report.files import write
from audit.report.formats import FORMATS
from tests.report.factory import no_go, run


def test_every_format_is_written_under_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    written = write(run(), folder, list(FORMATS))
    assert written == [folder / chosen.file_name for chosen in FORMATS.values()]
    assert sorted(folder.iterdir()) == sorted(written)
    assert Run.model_validate_json((folder / "run.json").read_bytes()) == run()


def test_an_earlier_file_is_replaced(tmp_path: Path) -> None:
    write(run(), tmp_path, ["json"])
    write(no_go(), tmp_path, ["json"])
    assert Run.model_validate_json((tmp_path / "run.json").read_bytes()) == no_go()


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(
        OutputError, match=r"taken: not a folder that can be made .*; name another one"
    ) as caught:
        write(run(), tmp_path / "taken", ["json"])
    assert "\n" not in str(caught.value)
    assert (tmp_path / "taken").read_text() == "mine"


def test_a_folder_in_the_place_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "run.json").mkdir()
    with pytest.raises(OutputError, match=r"run\.json: cannot be written \(Is a directory\)"):
        write(run(), tmp_path, ["json"])
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_a_folder_that_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(OutputError, match=r"run\.json: cannot be written \(Permission denied\)"):
        write(run(), tmp_path, ["json"])


def test_a_name_no_system_can_have(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="null byte"):
        write(run(), tmp_path / "a\0b", ["json"])


def test_an_interrupted_write_leaves_the_earlier_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(run(), tmp_path, ["json"])

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(no_go(), tmp_path, ["json"])
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]
    assert Run.model_validate_json((tmp_path / "run.json").read_bytes()) == run()


def test_nothing_is_written_where_one_cannot_be_rendered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(name: str, given: Run) -> str:
        if name == "html":
            raise RuntimeError
        return name

    monkeypatch.setattr(files, "render", broken)
    with pytest.raises(RuntimeError):
        write(run(), tmp_path / "folder", ["json", "html"])
    assert not (tmp_path / "folder").exists()


def test_an_unknown_format_is_told_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unknown format"):
        write(run(), tmp_path / "folder", ["json", "pdf"])
    assert not (tmp_path / "folder").exists()
