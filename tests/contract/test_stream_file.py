"""A recorded stream reads back as it was written, reads well in a diff, and is refused when it is not one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from audit.contract.cassette import load
from audit.contract.sealed import MAX_BYTES
from audit.contract.stream_file import FILE, Heard, Said, dump_stream, encode_text, load_either, load_stream
from audit.errors import CassetteError
from audit.model import Target, TargetKind
from tests.contract.made import written as written_cassette
from tests.contract.streams import NAME, SUBSCRIBE, came, heard, sent, stream, text, written

TEXTS = [
    '{"channel":"x","data":[{"price":1.0,"time":1795132801133}]}',
    "pong",
    "",
    "liquidationOrders need upgrade plan",
    '{"cut":',
    '{"twice":1,"twice":2}',
    '{"n":NaN}',
    '"a text in JSON"',
    "null",
    "[" * 60 + "]" * 60,
    "[" * 100_000,
    "line\nbreaks and \x00 and \u2028 and 😀",
]
FULL = heard(
    [
        sent(0.5, SUBSCRIBE),
        came(0.9, {"channel": NAME, "data": [{"time": 1, "price": 0.1}]}, rows=57),
        came(1.0, 3, form="binary"),
        text(sent(20.5, "ping")),
        text(came(20.6, "pong")),
        {"way": "closed", "at": 30.0, "code": 1012, "reason": "restart"},
    ],
    [sent(31.0, SUBSCRIBE), {"way": "left", "at": 60.0}],
    messages=900,
    rows=12_000,
)


@pytest.mark.parametrize("raw", TEXTS, ids=lambda raw: repr(raw[:24]))
def test_a_text_comes_back_as_it_was(raw: str) -> None:
    said = Said(way="came", at=0.0, **encode_text(raw))
    if said.form == "json":
        assert repr(json.loads(str(said.text))) == repr(json.loads(raw))
    else:
        assert said.text == raw


def test_what_is_written_is_read_back_and_written_the_same(tmp_path: Path) -> None:
    declined = {"at": 2.0, "answer": {"status": 403, "form": "text", "body": "<html>no</html>"}}
    other = Heard.model_validate({"channel": "other", "name": "other", "lines": [declined]})
    path = written(tmp_path, stream(FULL, other))
    assert load_stream(path) == load_either(path) == stream(FULL, other)
    assert dump_stream(load_stream(path)) == path.read_text()


def test_a_row_is_a_line_of_a_diff_however_deep_it_stands() -> None:
    row = {"baseAsset": "ETH", "exName": "OKX", "price": 3210.27, "side": 1, "symbol": "ETH-USDT-SWAP",
           "time": 1795132801133, "volUsd": 15668.39}  # fmt: skip
    made = dump_stream(stream(heard([came(1.0, {"channel": NAME, "data": [row, {**row, "side": 2}]})])))
    assert json.dumps(row) in [line.strip().rstrip(",") for line in made.splitlines()]


def test_neither_kind_of_file_is_taken_for_the_other(tmp_path: Path) -> None:
    path = written(tmp_path)
    with pytest.raises(CassetteError, match=r"format is 'coinglass-audit.stream/1'; expected .*cassette/1"):
        load(path)
    answers = written_cassette(tmp_path)
    assert load_either(answers) == load(answers)
    answers.rename(path)
    with pytest.raises(CassetteError, match=r"format is 'coinglass-audit.cassette/1'; expected .*stream/1"):
        load_either(path)


# --- bad input --------------------------------------------------------------------------------------

GOOD = dump_stream(stream(FULL))
CONFLICT = GOOD.replace(' "about"', '<<<<<<< HEAD\n "x": 1,\n=======\n "x": 2,\n>>>>>>> other\n "about"')


def refused(path: Path, *words: str) -> None:
    with pytest.raises(CassetteError) as caught:
        load_stream(path)
    told = str(caught.value)
    assert told.startswith(str(path))
    assert "\n" not in told
    for word in words:
        assert word in told


def changed(**parts: Any) -> str:
    """The text of a recording with parts of its tree replaced; None takes one away."""
    tree = {**json.loads(GOOD), **parts}
    return json.dumps({name: value for name, value in tree.items() if value is not None})


def events(*given: dict[str, Any]) -> str:
    return changed(channels=[{"channel": "c", "name": "c", "lines": [{"at": 1, "events": list(given)}]}])


def lines(*given: dict[str, Any]) -> str:
    return changed(channels=[{"channel": "c", "name": "c", "lines": list(given)}])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (GOOD[: len(GOOD) // 2], ["ends too soon"]),
        (GOOD[:-3], ["ends too soon"]),
        ("", ["ends too soon"]),
        (CONFLICT, [":4: a conflict mark", "instead of merging"]),
        (GOOD.replace('"pong"', '"PONG"'), ["edited by hand"]),
        (GOOD.replace("20.6", "20.7"), ["edited by hand"]),
        (GOOD.replace("\n ", "\n\t"), ["edited by hand", "laid out anew"]),
        (changed(sha256=None), ["edited by hand"]),
        (GOOD.replace('"rows": 57', '"rows": 57, "rows": 58'), ["'rows' is given twice"]),
        (GOOD.replace("20.6", "NaN"), ["NaN is no number"]),
        (GOOD.replace("20.6", "1e999"), ["at", "finite"]),
        (GOOD.replace("20.6", "9" * 5000), ["digits"]),
        (GOOD.replace('"pong"', "[" * 200 + "]" * 200), ["nested deeper than"]),
        (GOOD.replace('"pong"', "[" * 200_000), ["nested deeper than"]),
        (changed(format="coinglass-audit.stream/2"), ["stream/2", "expected 'coinglass-audit.stream/1'"]),
        (changed(format="coinglass-audit.cassette/1"), ["cassette/1", "expected"]),
        ("[]", ["expected an object with `about` and `channels`"]),
        (changed(interactions=[]), ["unknown part 'interactions'"]),
        (changed(about=None), ["does not say where it comes from"]),
        (GOOD.replace("00:00Z", "00:00"), ["no time zone"]),
        (GOOD.replace('"kind": "sandbox"', '"kind": "cassette"'), ["expected live or sandbox"]),
        (changed(channels=None), ["channels"]),
        (changed(channels={}), ["channels"]),
        (changed(channels=[1] * 101), ["101 channels; at most 100"]),
        (lines(), ["at least 1"]),
        (lines(*[{"at": number} for number in range(21)]), ["at most 20"]),
        (lines({"at": 5}, {"at": 4}), ["begins before the one ahead of it has ended"]),
        (lines({"at": 1, "cookies": 1}), ["cookies"]),
        (lines({"at": 1, "answer": {"status": 404}, "events": [sent(2, "x")]}), ["where no connection"]),
        (lines({"at": 1, "answer": {"status": 99}}), ["status"]),
        (events(sent(-1, "x")), ["events.0", "greater than or equal to 0"]),
        (events(sent(0.5, "x")), ["do not ascend"]),
        (events(sent(2, "x"), came(1.5, "y")), ["do not ascend"]),
        (events(sent(1e12, "x")), ["less than or equal"]),
        (events(*[came(2, "x")] * 2001), ["at most 2000"]),
        (events({"way": "heard", "at": 2}), ["'sent', 'came', 'closed', 'left'"]),
        (events({"at": 2, "body": "x"}), ["way"]),
        (events(text(came(2, 1))), ["body is not text"]),
        (events(came(2, "x", form="binary")), ["its size"]),
        (events(came(2, True, form="binary")), ["its size"]),
        (events(came(2, 10**9, form="binary")), ["at most 1,048,576 bytes"]),
        (events(text(came(2, "\ud800"))), ["surrogates not allowed"]),
        (events({"way": "closed", "at": 2, "code": 7}), ["code"]),
        (events({"way": "closed", "at": 2, "code": 1000, "reason": "é" * 62}), ["at most 123 bytes"]),
        (events({"way": "left", "at": 2}, sent(3, "x")), ["after the end"]),
    ],
)
def test_what_is_no_recording_is_refused_in_one_line(tmp_path: Path, content: str, words: list[str]) -> None:
    refused(written(tmp_path, content=content), *words)


def test_another_plan_group_or_channel_twice_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, stream(plan="hobbyist"))
    moved = tmp_path / "standard" / FILE
    moved.parent.mkdir()
    path.rename(moved)
    refused(moved, "recorded on hobbyist", "stands under standard")
    refused(written(tmp_path, stream(FULL, FULL)), f"{NAME}: the same channel is recorded twice")
    made = stream()
    other = made.model_copy(update={"about": made.about.model_copy(update={"group": "options"})})
    refused(written(tmp_path, other), "holds the group options")
    target = Target(kind=TargetKind.SANDBOX)
    refused(written(tmp_path, stream(target=target)), "and a base URL")


def test_other_encodings_and_sizes_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path)
    path.write_bytes(GOOD.encode("utf-16"))
    refused(path, "not UTF-8 at byte 0")
    path.write_bytes(GOOD.encode().replace(b"restart", b"r\xe9start"))
    refused(path, "not UTF-8")
    with path.open("r+b") as file:
        file.truncate(1000 * MAX_BYTES)
    monkeypatch.setattr(Path, "read_bytes", lambda self: pytest.fail("was read"))
    refused(path, "8,388,608,000 bytes", "at most")
