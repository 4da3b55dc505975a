"""A consumer contract as a file: data alone, within bounds; every problem is one line with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit.contract.consumer_file import find, read
from audit.errors import UsageError
from audit.jobs.consuming import plan_of
from audit.spec.catalog import Spec
from audit.spec.located import MAX_BYTES

WHOLE = """\
consumer: bot
plan: startup
needs:
  - operation: one
    params: {limit: 100, range: 0.5, symbol: BTC}
    fields:
      close: number
      open?: text | null
    max_age: 90m
  - operation: two
    intervals: [1h, 4h]
    min_rows: 2
"""


def put(folder: Path, text: str | bytes) -> Path:
    path = folder / "needs.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_a_contract_is_read_with_its_lines(tmp_path: Path) -> None:
    stated = read(put(tmp_path, WHOLE))
    first, second = stated.consumer.needs
    assert first.params == {"limit": "100", "range": "0.5", "symbol": "BTC"}
    assert first.age == 5400
    assert [(path, optional) for _, path, _, optional in first.wanted()] == [("close", False), ("open", True)]
    assert second.intervals == ("1h", "4h")
    places = {
        place: stated.at(*place) for place in (("plan",), ("needs", 0, "fields", "open?"), ("needs", 1))
    }
    assert [place.line for place in places.values() if place] == [2, 8, 10]
    nearest = stated.at("needs", 1, "params", "interval")
    assert nearest is not None
    assert nearest.line == 10


BAD: dict[str, tuple[str, int, str]] = {
    "an unknown key": (WHOLE.replace("max_age", "maxage"), 9, "unknown key 'maxage'; did you mean max_age?"),
    "an unknown key at the top": (WHOLE + "plans: x\n", 13, "unknown key 'plans'; did you mean plan?"),
    "a key left out": (WHOLE.replace("plan: startup\n", ""), 1, "plan is missing"),
    "a need without its operation": (
        WHOLE.replace("- operation: two\n    ", "- "),
        10,
        "operation is missing",
    ),
    "an unknown type": (WHOLE.replace("close: number", "close: nummer"), 7, "close: unknown type 'nummer'"),
    "an age that is no span": (WHOLE.replace("90m", "90 minutes"), 9, "'90 minutes' is not a span of time"),
    "an age of another type": (WHOLE.replace("90m", "90"), 9, "max_age: input should be a valid string"),
    "no rows at least": (WHOLE.replace("min_rows: 2", "min_rows: 0"), 12, "greater than or equal to 1"),
    "a value that is no text": (
        WHOLE.replace("symbol: BTC", "symbol: yes"),
        5,
        "symbol: is true or false here; put it in quotes",
    ),
    "a list of params": (WHOLE.replace("{limit: 100, range: 0.5, symbol: BTC}", "[a]"), 5, "params: input"),
    "no needs": ("consumer: bot\nplan: startup\nneeds: []\n", 3, "at least 1 item"),
    "a key given twice": (WHOLE + "plan: standard\n", 13, "the key 'plan' is given twice"),
    "a tag": (WHOLE.replace("number", "!!python/object/apply:os.system [x]"), 7, "could not determine"),
    "an alias": (
        WHOLE.replace("intervals: [1h, 4h]", "fields: &f {a: text}\n    params: *f"),
        12,
        "the alias *f",
    ),
    "not YAML": ("consumer: [\n", 2, "expected node content"),
    "nothing": ("", 1, "input should be a valid dictionary"),
    "a list": ("- consumer\n", 1, "input should be a valid dictionary"),
    "deep": ("consumer: " + "[" * 500 + "]" * 500, 1, "nested deeper"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_problem_is_told_with_its_place(tmp_path: Path, case: str) -> None:
    text, line, message = BAD[case]
    path = put(tmp_path, text)
    with pytest.raises(UsageError) as raised:
        read(path)
    told = str(raised.value)
    assert told.startswith(f"{path}:{line}:"), told
    assert message.lower() in told.lower()
    assert "\n" not in told


def test_an_alias_that_multiplies_is_refused_before_it_does(tmp_path: Path) -> None:
    rows = ["consumer: &a [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"k{n}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 10)}]" for n in range(20)]
    with pytest.raises(UsageError, match="the alias"):
        read(put(tmp_path, "\n".join(rows)))


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read(tmp_path / "nowhere.yaml")
    with pytest.raises(UsageError, match="cannot be read"):
        read(tmp_path)
    with pytest.raises(UsageError, match="not YAML in UTF-8"):
        read(put(tmp_path, b"consumer: \xff\xfe"))
    with pytest.raises(UsageError, match="larger than 1024 KiB"):
        read(put(tmp_path, b"#" * (MAX_BYTES + 1)))


def test_a_plan_that_does_not_exist_is_told_with_its_line(spec: Spec, tmp_path: Path) -> None:
    stated = read(put(tmp_path, WHOLE.replace("startup", "startupp")))
    with pytest.raises(UsageError, match=r"needs\.yaml:2: unknown plan 'startupp'; did you mean startup"):
        plan_of(spec, stated)
    assert plan_of(spec, stated, "Standard").name == "standard"


def test_a_shipped_contract_is_found_by_its_name(
    spec: Spec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert find("derivatives-bot", spec.folder).parent == spec.folder / "consumers"
    assert find("own.yaml", tmp_path) == Path("own.yaml")
    with pytest.raises(UsageError, match=r"bot\.yaml: no such file, nor .* derivatives-bot"):
        find("bot.yaml", spec.folder)
    (tmp_path / "derivatives-bot").write_text(WHOLE)
    assert find("derivatives-bot", spec.folder) == Path("derivatives-bot")
