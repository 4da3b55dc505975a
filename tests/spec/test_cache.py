"""What was parsed once is not parsed again, and nothing kept is trusted that is not whole."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from audit import NAME
from audit.spec import cache, yaml_text
from audit.spec.catalog import load
from audit.spec.documents import Documents


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of entries, empty."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / NAME / "parsed"


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are parsed from here on."""
    names: list[str] = []
    parse = yaml_text.parse

    def counted(name: str, raw: bytes) -> Any:
        names.append(name)
        return parse(name, raw)

    monkeypatch.setattr(yaml_text, "parse", counted)
    return names


def test_a_second_load_parses_nothing_and_comes_to_the_same(
    small: Path, kept: Path, parsed: list[str]
) -> None:
    first = load(small)
    assert parsed
    parsed.clear()
    second = load(small)
    assert parsed == []
    assert (second.sha256, second.operations) == (first.sha256, first.operations)
    assert {entry.stat().st_mode & 0o077 for entry in (kept, *kept.iterdir())} <= {0, 0o44}


def test_a_changed_file_is_parsed_again(small: Path, kept: Path, parsed: list[str]) -> None:
    load(small)
    parsed.clear()
    people = small / "groups" / "people.yaml"
    people.write_bytes(people.read_bytes() + b"# one more line\n")
    load(small)
    assert parsed == ["groups/people.yaml"]


def test_a_description_comes_to_the_same_whatever_was_kept_of_an_earlier_one(
    small: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = load(small)
    root, sea = small / "openapi.yaml", small / "groups" / "sea-levels.yaml"
    root.write_text(root.read_text(encoding="utf-8").partition("  /v1/sea/")[0], encoding="utf-8")
    sea.unlink()
    changed = load(small)
    assert len(changed.operations) < len(earlier.operations)
    monkeypatch.setenv(cache.SWITCH, "1")
    fresh = load(small)
    assert (changed.sha256, changed.operations) == (fresh.sha256, fresh.operations)


def test_a_file_that_nothing_refers_to_any_more_does_not_count(
    small: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(small)
    root = small / "openapi.yaml"
    root.write_text(root.read_text(encoding="utf-8").partition("  /v1/sea/")[0], encoding="utf-8")
    changed = load(small).sha256
    monkeypatch.setenv(cache.SWITCH, "1")
    assert changed == load(small).sha256


def cut(raw: bytes) -> bytes:
    return raw[:-2]


def altered(raw: bytes) -> bytes:
    return raw.replace(b"a", b"b")


def foreign(raw: bytes) -> bytes:
    return b"\x80\x04\x95 pickled\n"


@pytest.mark.parametrize(
    "spoil", [cut, altered, foreign, lambda raw: b"", lambda raw: raw[:64] + b"\n[" * 99_999]
)
def test_an_entry_that_is_not_whole_counts_for_nothing(
    spoil: Any, small: Path, kept: Path, parsed: list[str]
) -> None:
    first = load(small)
    for entry in kept.iterdir():
        entry.write_bytes(spoil(entry.read_bytes()))
    parsed.clear()
    assert load(small).operations == first.operations
    assert parsed
    parsed.clear()
    load(small)
    assert parsed == [], "what was spoilt has been written anew"


def test_a_folder_that_cannot_be_written_is_no_trouble(small: Path, kept: Path) -> None:
    kept.parent.parent.write_text("a file stands where the folder should be", encoding="utf-8")
    assert load(small).operations


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702])
def test_a_folder_that_others_can_write_is_not_believed(
    mode: int, small: Path, kept: Path, parsed: list[str]
) -> None:
    load(small)
    kept.chmod(mode)
    parsed.clear()
    assert load(small).operations
    assert parsed
    assert cache.folder() is None


def test_a_folder_of_somebody_else_is_not_believed(
    small: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(small)
    assert cache.folder() == kept
    monkeypatch.setattr(os, "geteuid", lambda: kept.stat().st_uid + 1)
    assert cache.folder() is None


def test_an_entry_that_is_a_folder_is_no_trouble(small: Path, kept: Path) -> None:
    load(small)
    for entry in list(kept.iterdir()):
        entry.unlink()
        entry.mkdir()
    assert load(small).operations
    assert all(entry.is_dir() for entry in kept.iterdir())


def test_the_switch_turns_it_off(small: Path, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cache.SWITCH, "1")
    load(small)
    assert not kept.exists()


@pytest.mark.parametrize("home", ["", "relative/home"])
def test_without_a_usable_home_nothing_is_kept(home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "also/relative")
    monkeypatch.setenv("HOME", home)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path.replace("~", home or "~"))
    assert cache.folder() is None


def test_there_are_never_more_than_so_many_entries(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MAX_ENTRIES", 10)
    for number in range(40):
        cache.put(cache.key("test", b"%d" % number), number)
        assert len(list(kept.iterdir())) <= 10
    assert cache.get(cache.key("test", b"39")) == 39


@pytest.mark.parametrize(
    "text",
    ["a: .nan", "a: .inf", "a: !!binary aGVsbG8=", "a: !!set {x}", "a: !!pairs [x: 1]", "a: 0x" + "f" * 40],
)
def test_what_json_would_change_is_not_kept(text: str, tmp_path: Path, kept: Path) -> None:
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    first = Documents(tmp_path).read("a.yaml")
    assert str(Documents(tmp_path).read("a.yaml")) == str(first)
    assert not kept.exists()


def test_aliases_that_multiply_are_not_kept(tmp_path: Path, kept: Path) -> None:
    lines = ["a0: &a0 {x: 1}", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9))]
    (tmp_path / "a.yaml").write_text("\n".join(lines), encoding="utf-8")
    Documents(tmp_path).read("a.yaml")
    assert not kept.exists()


def test_a_cache_of_another_home_can_be_moved(small: Path, kept: Path, parsed: list[str]) -> None:
    """Entries are known by what they were made from, not by where that stands."""
    load(small)
    parsed.clear()
    load(Path(shutil.copytree(small, small.with_name("copy"))))
    assert parsed == []
