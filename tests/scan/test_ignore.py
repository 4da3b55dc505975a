"""Ignore comments in every style, and the settings of a project with good errors."""

from __future__ import annotations

import pytest

from audit.errors import UsageError
from audit.scan.ignore import Config, Marks, find_config, read_config

TOOL = "some-tool"


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
        'plan = "basic"\nbaseline = "known.json"\n',
    )
    assert read_config(file, TOOL) == Config(file, ("gen/",), ("one",), "basic", tmp_path / "known.json")


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
