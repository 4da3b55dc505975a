"""A cassette reads back as it was written, reads well in a diff, and is refused when it is not one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from audit.contract.cassette import Answered, default_folder, dump, encode_body, file_name, load
from audit.contract.sealed import MAX_BYTES
from audit.errors import CassetteError
from audit.model import Target, TargetKind
from tests.contract.made import cassette, interaction, written

BODIES = [
    b'{"code":"0","data":[{"time":1,"open":"0.10"},{"time":2,"open":"1e5"}]}',
    b'{"a":1.0,"b":1,"c":true,"d":null,"e":"\\u00e9\\ud83d\\ude00","f":1e300,"g":-0.0}',
    b"[]",
    b"null",
    b'"text"',
    b"",
    b"<html>Bad gateway</html>",
    b'{"code":"0","data":[1,2',
    b'{"twice":1,"twice":2}',
    b'{"n":NaN}',
    b'{"n":1e999}',
    b'{"lone":"\\ud800"}',
    b"[" * 60 + b"]" * 60,
    b"[" * 100_000,
    b"\xff\xfe\x00bytes",
    b"\xef\xbb\xbf{}",
    b"line\nbreaks\r\nand\ttabs\x00",
]


@pytest.mark.parametrize("raw", BODIES, ids=lambda raw: repr(raw[:24]))
def test_a_body_comes_back_as_it_was(tmp_path: Path, raw: bytes) -> None:
    path = written(tmp_path, cassette(interaction(**encode_body(raw))))
    answer = load(path).interactions[0].response
    if answer.form == "json":
        assert repr(json.loads(answer.raw)) == repr(json.loads(raw))
    else:
        assert answer.raw == raw


@pytest.mark.parametrize(
    ("raw", "form"),
    [(BODIES[0], "json"), (b'{"twice":1,"twice":2}', "text"), (b'{"n":1e999}', "text"), (b"\xff", "base64"),
     (b'{"lone":"\\ud800"}', "text"), (b"", "text")],
)  # fmt: skip
def test_what_json_cannot_hold_again_is_kept_as_it_stands(raw: bytes, form: str) -> None:
    assert encode_body(raw)["form"] == form


def test_writing_what_was_read_gives_the_same_bytes(tmp_path: Path) -> None:
    made = cassette(interaction(), interaction("two", "/v9/two", headers={"date": "now"}, rows=100))
    path = written(tmp_path, made)
    assert load(path) == made
    assert dump(load(path)) == path.read_text()


def test_the_file_reads_well_in_a_diff(tmp_path: Path) -> None:
    rows = [{"time": number, "open": "1"} for number in range(3)]
    text = dump(cassette(interaction(body={"data": rows})))
    lines = [line.strip().rstrip(",") for line in text.splitlines()]
    for row in rows:
        assert json.dumps(row) in lines
    assert "sandbox" in "".join(lines[:6])


def test_group_names_become_file_names() -> None:
    assert file_name("futures/order-book-l2") == "futures-order-book-l2.json"
    assert "/" not in file_name("../../etc/passwd")
    assert not file_name("../x").startswith(".")


def refused(path: Path, *words: str) -> None:
    with pytest.raises(CassetteError) as caught:
        load(path)
    told = str(caught.value)
    assert told.startswith(str(path))
    assert "\n" not in told
    for word in words:
        assert word in told


def changed(**parts: Any) -> str:
    """The text of a cassette with parts of its tree replaced; None takes one away."""
    tree = {**json.loads(dump(cassette())), **parts}
    return json.dumps({name: value for name, value in tree.items() if value is not None})


def about(**parts: Any) -> dict[str, Any]:
    tree = {**json.loads(dump(cassette()))["about"], **parts}
    return {name: value for name, value in tree.items() if value is not None}


GOOD = dump(cassette())
CONFLICT = GOOD.replace(' "about"', '<<<<<<< HEAD\n "x": 1,\n=======\n "x": 2,\n>>>>>>> other\n "about"')


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD[: len(GOOD) // 2], [f":{GOOD[: len(GOOD) // 2].count(chr(10)) + 1}:", "ends too soon"]),
        ("", ["ends too soon"]),
        (GOOD[:-3], ["ends too soon"]),
        (CONFLICT, [":4: a conflict mark", "instead of merging"]),
        ("a: &a [x]\nb: &b [*a, *a]\n", ["not JSON"]),
        (GOOD.replace('"limit": "3"', '"limit": "4"'), ["edited by hand"]),
        (GOOD.replace("\n ", "\n\t"), ["edited by hand", "laid out anew"]),
        (changed(sha256=None), ["edited by hand"]),
        (GOOD.replace('"status": 200', '"status": 200, "status": 201'), ["'status' is given twice"]),
        (GOOD.replace("200", "NaN"), ["NaN is no number"]),
        (GOOD.replace("[1, 2]", "[" * 200 + "]" * 200), ["nested deeper than"]),
        (GOOD.replace("[1, 2]", "[" * 200_000), ["nested deeper than"]),
        (changed(format="coinglass-audit.cassette/9"), ["coinglass-audit.cassette/9", "expected"]),
        (changed(format=None), ["format is None"]),
        ("[]", ["expected an object"]),
        (changed(extra=1), ["unknown part 'extra'"]),
        (changed(about=None), ["does not say where it comes from", "target", "recorded_at"]),
        (changed(about=about(target=None)), ["does not say where it comes from", "(target missing"]),
        (changed(about=about(recorded_at=None)), ["(recorded_at missing"]),
        (changed(about=about(spec=None, tool=None)), ["(tool, spec missing"]),
        (changed(about=about(recorded_at="yesterday")), ["about.recorded_at"]),
        (changed(about="sandbox"), ["does not say where it comes from"]),
        (changed(interactions=None), ["interactions"]),
        (changed(interactions=[{"operation": "one"}]), ["interactions.0.request"]),
        (changed(interactions=[1] * 5001), ["5,001 interactions"]),
    ],
)
def test_what_is_no_cassette_is_refused_in_one_line(tmp_path: Path, text: str, words: list[str]) -> None:
    refused(written(tmp_path, text=text), *words)


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        ({"status": 99}, "status"),
        ({"status": 200, "form": "base64", "body": "not base64!"}, "response"),
        ({"status": 200, "form": "text", "body": 1}, "body is not text"),
        ({"status": 200, "headers": {"date": "x\r\nset-cookie: y"}}, "line break"),
        ({"status": 200, "cookies": {}}, "cookies"),
    ],
)
def test_an_answer_that_cannot_be_played_is_refused(
    tmp_path: Path, answer: dict[str, Any], word: str
) -> None:
    row = {"operation": "one", "request": {"method": "GET", "path": "/v9/one"}, "response": answer}
    refused(written(tmp_path, text=changed(interactions=[row])), word)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "standard" / "bomb.yaml"
    path.parent.mkdir()
    path.write_text("a: &a [x]")
    refused(path, "not a cassette", "remove it")
    refused(tmp_path / "standard" / "none.json", "no such file")
    path.with_suffix(".json").mkdir()
    refused(path.with_suffix(".json"), "no such file")
    (tmp_path / "standard" / "latin.json").write_bytes(b'{"\xe9": 1}')
    refused(tmp_path / "standard" / "latin.json", "not UTF-8")


def test_a_thousand_times_too_large_is_not_even_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path)
    with path.open("r+b") as file:
        file.truncate(1000 * MAX_BYTES)
    monkeypatch.setattr(Path, "read_bytes", lambda self: pytest.fail("was read"))
    refused(path, "8,388,608,000 bytes", "at most")


def test_a_cassette_of_another_plan_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, cassette(plan="hobbyist"))
    moved = tmp_path / "standard" / path.name
    moved.parent.mkdir()
    path.rename(moved)
    refused(moved, "recorded on hobbyist", "stands under standard")


@pytest.mark.parametrize(
    ("target", "word"),
    [
        (Target(kind=TargetKind.CODE, base_url="x"), "expected live or sandbox"),
        (Target(kind=TargetKind.CASSETTE, base_url="x"), "expected live or sandbox"),
        (Target(kind=TargetKind.SANDBOX), "and a base URL"),
    ],
)
def test_an_origin_that_is_none_is_refused(tmp_path: Path, target: Target, word: str) -> None:
    refused(written(tmp_path, cassette(target=target)), word)


def test_a_moment_without_a_time_zone_is_refused(tmp_path: Path) -> None:
    text = GOOD.replace("2026-11-20T00:00:00Z", "2026-11-20T00:00:00")
    refused(written(tmp_path, text=text), "no time zone")


def test_the_same_request_twice_is_refused(tmp_path: Path) -> None:
    again = interaction("two", params={"limit": "3"})
    refused(written(tmp_path, cassette(interaction(), again)), "two", "recorded twice")


def test_an_answer_becomes_what_the_client_would_have_returned() -> None:
    outcome = Answered(status=503, headers={"retry-after": "1"}, form="text", body="busy").outcome()
    assert (outcome.status, outcome.headers, outcome.body) == (503, {"retry-after": "1"}, b"busy")


def test_cassettes_ship_with_the_tool() -> None:
    assert list(default_folder().glob("*/*.json"))
