"""The walk finds every file once, in the same order, and says what it left out; nothing odd is opened."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from pathlib import Path

import pytest

from audit.errors import UsageError
from audit.scan import files
from audit.scan.files import Found, Reason, Skipped, is_minified, read, to_utf8, walk


def tree(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("/"):
            path.mkdir(exist_ok=True)
        else:
            path.write_text(name)
    return root


def ignore(folder: Path, *lines: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".gitignore").write_text("\n".join(lines) + "\n")


def names(root: Path, **given) -> list[str]:
    return [os.path.relpath(item.path, root) for item in walk([root], **given) if isinstance(item, Found)]


def skips(*paths: Path, **given) -> list[Skipped]:
    return [item for item in walk(paths, **given) if isinstance(item, Skipped)]


def test_the_order_is_by_name_files_before_folders(tmp_path):
    tree(tmp_path, "b/z.py", "a/x.py", "c.py", "a/b/d.py", "B.py", "a/a.py")
    expected = ["B.py", "c.py", "a/a.py", "a/x.py", "a/b/d.py", "b/z.py"]
    assert names(tmp_path) == expected
    assert names(tmp_path) == expected


def test_paths_begin_as_they_were_given(tmp_path, monkeypatch):
    tree(tmp_path, "src/a.py")
    monkeypatch.chdir(tmp_path)
    assert list(walk(["."])) == [Found("src/a.py")]
    assert list(walk([Path("src")])) == [Found("src/a.py")]
    assert list(walk(["./src/"])) == [Found("src/a.py")]
    assert list(walk(["src/../src"])) == [Found("src/../src/a.py")]


def test_a_path_that_is_not_there_is_named_at_once(tmp_path):
    with pytest.raises(UsageError, match=r"gone.*No such file"):
        walk([tmp_path, tmp_path / "gone"])
    with pytest.raises(UsageError, match="null"):
        walk(["a\0b"])


def test_what_is_named_is_taken_even_if_ignored_and_only_once(tmp_path):
    tree(tmp_path, "a.py", "b.log", "sub/c.log")
    ignore(tmp_path, "*.log")
    found = list(walk([tmp_path / "b.log", tmp_path, tmp_path / "a.py", tmp_path / "a.py"]))
    assert [os.path.basename(item.path) for item in found] == ["b.log", ".gitignore", "a.py", ""]
    assert found[-1] == Skipped("", Reason.IGNORED, entries=1)


def test_overlapping_paths_are_walked_once(tmp_path):
    tree(tmp_path, "a.py", "sub/b.py")
    assert len(list(walk([tmp_path, tmp_path / "sub", tmp_path]))) == 2


def test_other_peoples_code_is_left_out(tmp_path):
    tree(tmp_path, "a.py", "node_modules/m/index.js", "env/pyvenv.cfg", "env/lib/x.py", ".git/config")
    tree(tmp_path, "cache/CACHEDIR.TAG", "cache/x.json", "vendor/modules.txt", "vendor/x/y.go")
    tree(tmp_path, "lib/vendor/ours.py", "__pycache__/a.pyc")
    assert names(tmp_path) == ["a.py", "lib/vendor/ours.py"]
    assert skips(tmp_path) == [Skipped("", Reason.IGNORED, entries=6)]


def test_a_folder_that_is_given_is_walked_whatever_it_is(tmp_path):
    tree(tmp_path, "env/pyvenv.cfg", "env/x.py", "node_modules/m/index.js")
    assert names(tmp_path / "env") == ["pyvenv.cfg", "x.py"]
    assert names(tmp_path / "node_modules") == ["m/index.js"]


# --- odd files


def test_odd_files_are_named_and_not_opened(tmp_path, monkeypatch):
    tree(tmp_path, "a.py")
    os.mkfifo(tmp_path / "pipe")
    # A socket's path must be short.
    short = tempfile.mkdtemp(prefix="s", dir="/tmp")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{short}/socket")
        opened: list[str] = []
        really = os.open

        def watching(path, *rest, **more):
            opened.append(os.fspath(path))
            return really(path, *rest, **more)

        monkeypatch.setattr(os, "open", watching)
        found = list(walk([tmp_path, short]))
        assert [read(item) for item in found if isinstance(item, Found)] == [b"a.py"]
        monkeypatch.undo()
    shutil.rmtree(short)
    assert Skipped(str(tmp_path / "pipe"), Reason.NOT_REGULAR, "FIFO") in found
    assert Skipped(f"{short}/socket", Reason.NOT_REGULAR, "socket") in found
    assert opened == [str(tmp_path / "a.py")]


def test_a_device_or_pipe_given_by_name_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert list(walk([tmp_path / "pipe", "/dev/null"])) == [
        Skipped(str(tmp_path / "pipe"), Reason.NOT_REGULAR, "FIFO"),
        Skipped("/dev/null", Reason.NOT_REGULAR, "device"),
    ]


def test_a_file_that_turns_into_a_pipe_does_not_hold_up(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert read(Found(str(tmp_path / "pipe"))) == b""


def test_loops_of_links_are_cut(tmp_path):
    tree(tmp_path, "a/x.py", "b/y.py")
    (tmp_path / "a/up").symlink_to("..")
    (tmp_path / "a/self").symlink_to("self")
    (tmp_path / "b/other").symlink_to("../a")
    assert names(tmp_path) == ["a/x.py", "b/y.py"]
    assert [(item.reason, item.detail) for item in skips(tmp_path)] == [
        (Reason.LINK_OUT, "leads nowhere: Too many levels of symbolic links")
    ]


def test_links_are_followed_inside_the_tree_alone(tmp_path):
    inside = tree(tmp_path / "in", "a.py", "hidden/h.py", "sub/b.py")
    tree(tmp_path / "out", "o.py")
    ignore(inside, "hidden")
    (inside / "seen.py").symlink_to("a.py")
    (inside / "h.py").symlink_to("hidden/h.py")
    (inside / "shown").symlink_to("hidden")
    (inside / "o.py").symlink_to("../out/o.py")
    (inside / "out").symlink_to("../out")
    (inside / "gone").symlink_to("nothing")
    assert names(inside) == [".gitignore", "a.py", "sub/b.py", "h.py", "shown/h.py"]
    assert [(Path(item.path).name, item.reason) for item in skips(inside)] == [
        ("gone", Reason.LINK_OUT),
        ("o.py", Reason.LINK_OUT),
        ("out", Reason.LINK_OUT),
        ("", Reason.IGNORED),
    ]
    assert read(Found(str(inside / "h.py"), link=True)) == b"hidden/h.py"


def test_a_link_given_by_name_is_followed(tmp_path):
    tree(tmp_path, "out/o.py", "in/a.py")
    (tmp_path / "in/link").symlink_to("../out")
    (tmp_path / "in/link.py").symlink_to("../out/o.py")
    assert names(tmp_path / "in/link") == ["o.py"]
    (found,) = walk([tmp_path / "in/link.py"])
    assert isinstance(found, Found)
    assert read(found) == b"out/o.py"


def test_a_file_that_turns_into_a_link_is_not_followed(tmp_path):
    tree(tmp_path, "secret")
    (tmp_path / "a.py").symlink_to("secret")
    skipped = read(Found(str(tmp_path / "a.py")))
    assert isinstance(skipped, Skipped)
    assert skipped.reason is Reason.UNREADABLE


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_named(tmp_path):
    tree(tmp_path, "a.py", "shut/b.py")
    (tmp_path / "a.py").chmod(0)
    (tmp_path / "shut").chmod(0)
    try:
        assert skips(tmp_path) == [Skipped(str(tmp_path / "shut"), Reason.UNREADABLE, "Permission denied")]
        refused = read(Found(str(tmp_path / "a.py")))
        assert refused == Skipped(str(tmp_path / "a.py"), Reason.UNREADABLE, "Permission denied")
    finally:
        (tmp_path / "shut").chmod(0o700)


def test_what_the_system_refuses_is_named(tmp_path, monkeypatch):
    tree(tmp_path, "a.py", "shut/b.py")
    really = os.scandir

    def refusing(path):
        if str(path).endswith("shut"):
            raise PermissionError(13, "Permission denied")
        return really(path)

    monkeypatch.setattr(os, "scandir", refusing)
    assert skips(tmp_path) == [Skipped(str(tmp_path / "shut"), Reason.UNREADABLE, "Permission denied")]


def test_what_vanishes_is_named(tmp_path, monkeypatch):
    tree(tmp_path, "a.py", "sub/b.py")
    found = iter(walk([tmp_path]))
    first = next(found)
    assert isinstance(first, Found)
    (tmp_path / "a.py").unlink()
    shutil.rmtree(tmp_path / "sub")
    assert list(found) == [Skipped(str(tmp_path / "sub"), Reason.VANISHED)]
    assert read(first) == Skipped(first.path, Reason.VANISHED)


def test_a_name_that_is_no_text_is_kept(tmp_path):
    raw = os.fsencode(tmp_path) + b"/\xff\n.py"
    descriptor = os.open(raw, os.O_CREAT | os.O_WRONLY)
    os.write(descriptor, b"x")
    os.close(descriptor)
    (found,) = walk([tmp_path])
    assert isinstance(found, Found)
    assert os.fsencode(found.path) == raw
    assert read(found) == b"x"


def test_a_very_deep_tree_is_walked_as_far_as_the_system_goes(tmp_path):
    here = Path.cwd()
    os.chdir(tmp_path)
    try:
        for _ in range(60):
            Path("d" * 100).mkdir()
            os.chdir("d" * 100)
    finally:
        os.chdir(here)
    (skipped,) = walk([tmp_path])
    assert isinstance(skipped, Skipped)
    assert (skipped.reason, skipped.detail) == (Reason.UNREADABLE, "File name too long")


# --- what is in them


def test_an_empty_file_is_read(tmp_path):
    (tmp_path / "a.py").write_bytes(b"")
    assert read(Found(str(tmp_path / "a.py"))) == b""


@pytest.mark.parametrize("size", [1, files.HEAD - 1, files.HEAD, files.HEAD + 1, 3 * files.HEAD + 7])
def test_files_of_every_size_are_read_whole(tmp_path, size):
    raw = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    (tmp_path / "a.py").write_bytes(raw)
    assert read(Found(str(tmp_path / "a.py"))) == raw
    assert read(Found(str(tmp_path / "a.py")), max_bytes=size) == raw
    refused = read(Found(str(tmp_path / "a.py")), max_bytes=size - 1)
    assert isinstance(refused, Skipped)
    assert refused.reason is Reason.TOO_LARGE


def test_zeros_make_a_file_binary(tmp_path):
    (tmp_path / "a").write_bytes(b"\x89PNG\r\n\0\0\0 more")
    assert read(Found(str(tmp_path / "a"))) == Skipped(str(tmp_path / "a"), Reason.BINARY)


@pytest.mark.parametrize("text", ["", "x"])
def test_a_huge_file_is_not_read(tmp_path, monkeypatch, text):
    path = tmp_path / "huge.json"
    path.write_bytes(text.encode() * files.HEAD)
    os.truncate(path, 200 * 1024 * 1024)
    asked: list[int] = []
    really = os.read

    def counting(descriptor, size):
        asked.append(size)
        return really(descriptor, size)

    monkeypatch.setattr(os, "read", counting)
    skipped = read(Found(str(path)))
    assert sum(asked) <= files.HEAD + 1
    assert isinstance(skipped, Skipped)
    # One full of zeros is seen to be binary before its size matters.
    assert skipped.reason is (Reason.TOO_LARGE if text else Reason.BINARY)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_wide_encodings_are_text(tmp_path, encoding):
    text = 'path = "/some/path" # é and more of it'
    (tmp_path / "a.cs").write_bytes(text.encode(encoding))
    raw = read(Found(str(tmp_path / "a.cs")))
    assert isinstance(raw, bytes)
    assert to_utf8(raw).decode().lstrip("\ufeff") == text


def test_other_encodings_are_left_as_they_are():
    for raw in (b"", b"plain", "é".encode("latin-1"), "\ufeffx".encode(), b"\0", b"a\0", b"\0" * 600):
        assert to_utf8(raw) == raw


def test_minified_files_are_told_by_name_and_by_line():
    assert is_minified("x/jquery.min.js", b"x")
    assert is_minified("bundle.js", b"x" * 50_000)
    assert not is_minified("data.json", b"x" * 50_000)
    assert not is_minified("a.js", b"const a = 1;\n" * 5000)
    assert not is_minified("small.js", b"x" * 5000)
