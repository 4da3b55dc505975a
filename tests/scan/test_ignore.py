"""Ignore files mean what Git says, comments work in every style, settings have good errors."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from audit.errors import UsageError
from audit.scan.files import Found, Reason, Skipped, walk
from audit.scan.ignore import Config, Marks, find_config, read_config

TOOL = "some-tool"


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


# --- ignore files


def test_nested_ignore_files(tmp_path):
    tree(tmp_path, "a.log", "keep.log", "sub/a.log", "sub/keep.log", "sub/b.txt", "sub/deep/b.txt", "b.txt")
    ignore(tmp_path, "# a comment", "", "*.log", "!keep.log")
    ignore(tmp_path / "sub", "keep.log", "!a.log", "/b.txt")
    assert names(tmp_path) == [
        ".gitignore",
        "b.txt",
        "keep.log",
        "sub/.gitignore",
        "sub/a.log",
        "sub/deep/b.txt",
    ]


def test_nothing_comes_back_from_a_folder_that_is_ignored(tmp_path):
    tree(tmp_path, "build/keep.py", "out/a.py", "out/keep.py", "all/a.py", "all/in/keep.py", "build.py")
    ignore(
        tmp_path, "build/", "!build/keep.py", "out/*", "!out/keep.py", "all/**", "!all/in", "!all/in/keep.py"
    )
    assert names(tmp_path) == [".gitignore", "build.py", "all/in/keep.py", "out/keep.py"]


def test_a_folder_pattern_leaves_files_alone(tmp_path):
    tree(tmp_path, "x/build", "build/a.py")
    ignore(tmp_path, "build/")
    assert names(tmp_path) == [".gitignore", "x/build"]


def test_the_rules_of_the_repository_around_hold(tmp_path):
    tree(
        tmp_path, ".git/info/exclude", "src/a.py", "src/a.tmp", "src/gen/b.py", "src/secret.py", "src/x/a.tmp"
    )
    (tmp_path / ".git/info/exclude").write_text("secret.py\n/src/x\n")
    ignore(tmp_path, "*.tmp", "/src/gen/")
    assert names(tmp_path / "src") == ["a.py"]


def test_a_repository_inside_another_has_its_own_rules(tmp_path):
    tree(tmp_path, ".git/HEAD", "a.tmp", "inner/.git/info/exclude", "inner/a.tmp", "inner/b.old")
    ignore(tmp_path, "*.tmp")
    (tmp_path / "inner/.git/info/exclude").write_text("*.old\n")
    assert names(tmp_path) == [".gitignore", "inner/a.tmp"]


def test_a_work_tree_finds_the_excludes_of_its_repository(tmp_path):
    tree(tmp_path, "main/.git/info/exclude", "main/.git/worktrees/w/commondir", "w/a.py", "w/b.py")
    (tmp_path / "main/.git/info/exclude").write_text("b.py\n")
    (tmp_path / "main/.git/worktrees/w/commondir").write_text("../..\n")
    (tmp_path / "w/.git").write_text(f"gitdir: {tmp_path}/main/.git/worktrees/w\n")
    assert names(tmp_path / "w") == ["a.py"]


def test_exclude_outweighs_ignore_files_and_is_relative_to_its_base(tmp_path, monkeypatch):
    tree(tmp_path, "src/gen/a.py", "src/b.py", "gen/c.py")
    ignore(tmp_path, "!gen")
    assert names(tmp_path, exclude=["/src/gen"], base=tmp_path) == [".gitignore", "gen/c.py", "src/b.py"]
    assert names(tmp_path / "src", exclude=["/src/gen"], base=tmp_path) == ["b.py"]
    monkeypatch.chdir(tmp_path)
    assert list(walk(["src"], exclude=["src/gen"])) == [
        Found("src/b.py"),
        Skipped("", Reason.IGNORED, entries=1),
    ]


def test_an_ignore_file_that_is_no_plain_file_is_passed_over(tmp_path):
    tree(tmp_path, "a.py", "sub/.gitignore/x.py", "pipe/b.py")
    os.mkfifo(tmp_path / "pipe/.gitignore")
    (tmp_path / ".gitignore").symlink_to("a.py")
    assert names(tmp_path) == ["a.py", "pipe/b.py", "sub/.gitignore/x.py"]


PATTERNS = (
    *("*.py", "!a.py", "a", "a/", "/a", "b/", "/b/c", "a/b", "a/*", "a/**", "**/c", "a/**/c", "**", "!**/"),
    *(
        "*",
        "!*/",
        "!b.py",
        "[ab].py",
        "[!a]",
        "?",
        "\\!x",
        "!c/",
        "/*",
        "!/b",
        "b/*/c",
        "*/c",
        "a*",
        "**/b/**",
    ),
    *("c/**/", "#x", "\\#x", "!a/b", "!a/b/", "*.p[xy]", "a\\b", "x ", "x\\ ", "[", "a//b", "/"),
)


@pytest.mark.skipif(shutil.which("git") is None, reason="compares with Git itself")
def test_ignore_files_mean_what_git_says(tmp_path):
    """Random rules over a small tree; Git lists what it would track."""
    repository = tmp_path / "r"
    parts = ("a", "b", "c", "x", "!x", "#x")
    for first in parts[:3]:
        for second in parts[:3]:
            tree(repository, *(f"{first}/{second}/{third}" for third in (*parts, "a.py", "b.py")))
        tree(repository, f"{first}/a.py", f"{first}/x")
    tree(repository, "a.py", "b.py", "x", "!x", "#x")
    quiet = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    git = ["git", "-C", str(repository)]
    subprocess.run([*git, "init", "-q"], check=True, env=quiet)
    chance = random.Random(5)
    for _ in range(150):
        ignore(repository, *chance.choices(PATTERNS, k=chance.randint(1, 4)))
        ignore(repository / "a", *chance.choices(PATTERNS, k=chance.randint(0, 2)))
        listed = subprocess.run(
            [*git, "ls-files", "-z", "--others", "--exclude-standard"],
            capture_output=True,
            check=True,
            env=quiet,
        ).stdout.decode()
        rules = [(repository / f / ".gitignore").read_text().split("\n") for f in ("", "a")]
        assert sorted(names(repository)) == sorted(filter(None, listed.split("\0"))), rules


# --- comments


@pytest.mark.parametrize(
    "line",
    [
        "x()  # audit: ignore",
        "x();  // audit: ignore",
        "x(); /* audit: ignore */",
        "<p>x</p> <!-- audit: ignore -->",
        "SELECT 1 -- audit: ignore",
        "(x) ; audit: ignore",
        "x % audit: ignore",
        " * audit: ignore",
        "{# audit: ignore #}",
        "{/* audit: ignore */}",
        '"""audit: ignore"""',
        "x = 1 ' audit: ignore",
        "REM audit: ignore",
        "x()  # noqa: E501  audit: ignore because it is old",
        "x()  #Audit:Ignore",
    ],
)
def test_every_comment_style_covers_its_line(line):
    marks = Marks(f"a\n{line}\nb\n")
    assert marks.covers("any-rule", 2)
    assert not marks.covers("any-rule", 1)


@pytest.mark.parametrize(
    "line",
    [
        "audit: ignore",
        "audit_log.ignore()",
        "# audit: ignored",
        "# audit: ignore-files",
        "# audit ignore",
        "# the audit: we ignore it",
    ],
)
def test_what_only_looks_like_one_covers_nothing(line):
    marks = Marks(f"{line}\n{line}\n")
    assert not any(marks.covers("any-rule", number) for number in (None, 1, 2, 3))


def test_named_rules_alone_are_covered():
    marks = Marks("x()  # audit: ignore[one, two ,] reason\n")
    assert marks.covers("one", 1)
    assert marks.covers("two", 1)
    assert not marks.covers("three", 1)
    assert marks.named == [(1, "one"), (1, "two")]


def test_a_comment_of_its_own_covers_the_line_below():
    marks = Marks("# audit: ignore[one]\n# because of this\n\nx()\n")
    assert not marks.covers("one", 4)
    marks = Marks("# audit: ignore[one]\n# audit: ignore[two]\n# because of this\nx()\ny()\n")
    assert marks.covers("one", 4)
    assert marks.covers("two", 4)
    assert not marks.covers("one", 5)


def test_a_comment_behind_code_covers_its_own_line_alone():
    marks = Marks("x()  # audit: ignore\ny()\n")
    assert marks.covers("one", 1)
    assert not marks.covers("one", 2)


def test_a_whole_file_is_left_out_by_its_first_lines():
    assert Marks("\n" * 19 + "# audit: ignore-file\n").covers("any", 500)
    assert Marks("// audit: ignore-file\n").covers("any", None)
    late = Marks("\n" * 20 + "# audit: ignore-file\nx()\n")
    assert not any(late.covers("any", number) for number in (None, 1, 21, 22))
    some = Marks("/* audit: ignore-file[one] */\n")
    assert some.covers("one", 9)
    assert not some.covers("two", 9)


def test_lines_are_counted_by_line_feeds_alone():
    marks = Marks("a\x0cb\u2028c\r\nx()  # audit: ignore\r\n")
    assert marks.covers("one", 2)


@pytest.mark.parametrize("line", ["# audit: ignore[]", "# audit: ignore[one", "# audit: ignore[ , ]"])
def test_brackets_without_rules_cover_nothing_and_are_told(line):
    marks = Marks(f"{line}\nx()\n")
    assert not marks.covers("one", 1)
    assert not marks.covers("one", 2)
    assert marks.malformed == [1]


# --- settings


def settings(tmp_path, text):
    file = tmp_path / "pyproject.toml"
    file.write_text(text)
    return file


def test_all_settings_are_read(tmp_path):
    file = settings(
        tmp_path,
        '[tool.some-tool.scan]\nexclude = ["gen/"]\nignore = ["one"]\n'
        'plan = "basic"\nbaseline = "known.json"\nfail-on = "never"\npaths = ["src"]\n',
    )
    assert read_config(file, TOOL) == Config(
        file, ("gen/",), ("one",), "basic", tmp_path / "known.json", "never", (tmp_path / "src",)
    )


@pytest.mark.parametrize(
    "text", ["", "[tool.other.scan]\nx = 1\n", "tool = 3\n", "[tool.some-tool]\nscan_ = 1\n"]
)
def test_a_file_without_the_section_has_no_settings(tmp_path, text):
    assert read_config(settings(tmp_path, text), TOOL) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "exlude = []",
            r"unknown key 'exlude'; did you mean exclude\? \(all: exclude, ignore, ",
        ),
        ('exclude = "gen"', r'exclude = \'gen\'; expected a list of texts such as \["…"\]'),
        ("ignore = [1]", r"ignore = \[1\]; expected a list of texts"),
        ("plan = 3", r"plan = 3; expected a text"),
        ('baseline = "../known.json"', r"baseline = '../known.json'; expected a file below "),
        ('baseline = "/etc/known.json"', r"baseline = '/etc/known.json'; expected a file below "),
        ('baseline = ""', r"baseline = ''; expected a text"),
        ('ignore = ["oen"]', r"ignore: unknown rule 'oen'; did you mean one"),
    ],
)
def test_errors_name_file_section_and_key(tmp_path, text, told):
    file = settings(tmp_path, f"[tool.some-tool.scan]\n{text}\n")
    with pytest.raises(UsageError, match=told) as caught:
        read_config(file, TOOL, rules=("one", "two"))
    assert str(caught.value).startswith(f"{file}: [tool.some-tool.scan]: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["[tool", "a = 1\na = 2\n", "\ufeff\0"])
def test_a_file_that_is_no_toml_is_named(tmp_path, text):
    file = settings(tmp_path, text)
    with pytest.raises(UsageError, match=r"pyproject\.toml: "):
        read_config(file, TOOL)


def test_a_section_that_is_no_table_is_told(tmp_path):
    with pytest.raises(UsageError, match="expected a table, found list"):
        read_config(settings(tmp_path, "[tool.some-tool]\nscan = []\n"), TOOL)


def test_the_nearest_file_with_the_section_counts(tmp_path):
    outer = settings(tmp_path, '[tool.some-tool.scan]\nplan = "basic"\n')
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    settings(inner, "[project]\nname = 'x'\n")
    (inner / "code.py").write_text("")
    for start in (inner, inner / "code.py", tmp_path):
        config = find_config(start, TOOL)
        assert config is not None
        assert config.file == outer
        assert config.base == tmp_path
    assert find_config(tmp_path.parent, "tool-that-nobody-has") is None
