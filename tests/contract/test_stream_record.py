"""What is kept of a channel: little however much comes, in order, playable, and never the key."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from audit.client.answers import Complete, Unanswered
from audit.client.secret import Secret
from audit.client.stream import Binary, Broken, Closed, Text
from audit.contract.scrub import Scrubber
from audit.contract.stream_file import FILE, Heard, Said, load_stream
from audit.contract.stream_record import Recorder
from audit.errors import AuditError, UsageError
from audit.jobs.recording import Recorded, record
from audit.jobs.settings import Settings
from audit.model import CHANNEL_GROUP, StreamFacts, TargetKind, Verdict
from audit.spec.catalog import Spec
from tests.contract.made import RECORDED_AT, cassette
from tests.contract.made import written as written_cassette
from tests.contract.streams import NAME

KEY = "fa4e-" * 6 + "Key"
MOMENT = RECORDED_AT.timestamp()
FORM = '{"method":"subscribe","channels":["liquidationOrders"]}'


@pytest.fixture
def recorder(spec: Spec) -> Recorder:
    assert spec.stream is not None
    return Recorder(spec.stream.channels[NAME], spec.provider, Scrubber(Secret(KEY), "KEY"), began=100.0)


def push(number: int, rows: int = 1) -> Text:
    return Text(json.dumps({"channel": NAME, "data": [{"time": number}] * rows}))


def kept(recorder: Recorder, **facts: Any) -> Heard:
    return recorder.heard(StreamFacts(**{"channel": NAME, "name": NAME, "bound_seconds": 60.0, **facts}))


def shown(heard: Heard) -> list[list[Any]]:
    """What stands on each connection: the moment, and the body or the way it ended."""
    return [
        [(event.at, event.body if isinstance(event, Said) else event.way) for event in line.events]
        for line in heard.lines
    ]


def test_of_much_that_comes_the_ends_are_kept(recorder: Recorder) -> None:
    recorder(0.0, "opened", None)
    recorder(0.5, "sent", FORM)
    for number in range(10_000):
        recorder(1 + number / 1000, "received", push(number))
    recorder(11.5, "sent", "ping")
    recorder(11.75, "received", Text("pong"))
    recorder(12.0, "received", push(10_000, rows=300))
    recorder(13.0, "dropped", None)
    made = kept(recorder, messages=10_001, rows=10_300)
    assert (made.messages, made.rows) == (10_001, 10_300)
    (line,) = shown(made)
    data = [(at, body["data"][0]["time"]) for at, body in line if isinstance(body, dict) and "data" in body]
    assert data == [(101.0, 0), (101.001, 1), (110.998, 9998), (110.999, 9999), (112.0, 10_000)]
    assert [body for _, body in line if not isinstance(body, dict)] == ["ping", "pong", "left"]
    last = made.lines[0].events[-2]
    assert isinstance(last, Said)
    assert (last.rows, len(last.body["data"])) == (300, 4)
    assert len(made.model_dump_json()) < 1500


def test_each_connection_stands_for_itself(recorder: Recorder) -> None:
    recorder(0.0, "opened", Unanswered("connect", "nobody there", 0.0))
    recorder(1.0, "opened", Complete(503, {"retry-after": "1", "set-cookie": "x"}, b"busy", 0.0))
    recorder(2.0, "opened", None)
    recorder(2.0, "sent", FORM)
    recorder(3.0, "received", Binary(7))
    recorder(4.0, "received", Closed(1012, "restart"))
    recorder(4.5, "dropped", None)
    recorder(5.0, "opened", None)
    recorder(6.0, "received", Broken("reset", "gone"))
    made = kept(recorder)
    assert recorder.broken is None
    assert [line.at for line in made.lines] == [101.0, 102.0, 105.0]
    answer = made.lines[0].answer
    assert answer is not None
    assert (answer.status, answer.headers, answer.body) == (503, {"retry-after": "1"}, "busy")
    subscribed = (102.0, json.loads(FORM))
    assert shown(made) == [[], [subscribed, (103.0, 7), (104.0, "closed")], [(106.0, "closed")]]


@pytest.mark.parametrize("fault", ["protocol", "too large", "undecodable"])
def test_what_cannot_be_played_again_is_said(recorder: Recorder, fault: Any) -> None:
    told = [recorder.broken]
    recorder(0.0, "opened", None)
    told.append(recorder.broken)
    recorder(1.0, "received", Broken(fault, "why"))
    told.append(recorder.broken)
    assert told == ["no connection was opened", None, f"{fault}: why"]


@pytest.mark.parametrize(
    "spelled",
    [KEY, KEY.upper(), quote(KEY, safe=""), "".join(f"%{ord(sign):02x}" for sign in KEY), KEY.encode().hex(),
     "".join(f"\\u00{ord(sign):02x}" for sign in KEY), base64.b64encode(f"key={KEY}".encode()).decode()],
    ids=["plain", "upper", "quoted", "percent", "hex", "escaped", "base64"],
)  # fmt: skip
def test_the_key_is_in_nothing_that_is_kept(recorder: Recorder, spelled: str) -> None:
    url = f"wss://example.com/ws?k={spelled}"
    recorder(0.0, "opened", Complete(403, {"location": url}, url.encode(), 0.0))
    recorder(1.0, "opened", None)
    recorder(1.0, "sent", f'{{"method":"subscribe","channels":["{spelled}"]}}')
    recorder(2.0, "received", Text(f'{{"channel":"{NAME}","data":[{{"url":"{url}"}}]}}'))
    recorder(2.0, "received", Text(f"{url} need upgrade plan"))
    recorder(2.0, "received", Closed(1008, spelled[:120]))
    made = kept(recorder, name=f"liquidationOrders@{spelled}").model_dump_json()
    assert not Scrubber(Secret(KEY), "KEY").finds(made)
    assert "need upgrade plan" in made


# --- the job ----------------------------------------------------------------------------------------


def recorded(spec: Spec, folder: Path, *only: str, **changes: Any) -> Recorded:
    given = {"plan": "standard", "sandbox": True, "moment": MOMENT, "only": only or (NAME,), **changes}
    return record(spec, Settings(**given), None, folder)


def test_the_same_seed_and_clock_give_the_same_bytes(spec: Spec, tmp_path: Path) -> None:
    one, two = (recorded(spec, tmp_path / name).files for name in ("one", "two"))
    (other,) = recorded(spec, tmp_path / "other", seed=1).files
    assert [path.name for path in one] == [FILE]
    assert one[0].read_bytes() == two[0].read_bytes() != other.read_bytes()


def test_naming_a_channel_records_all_of_them_and_leaves_the_answers(spec: Spec, tmp_path: Path) -> None:
    answers = written_cassette(tmp_path, cassette(group="options"))
    before = answers.read_bytes()
    done = recorded(spec, tmp_path)
    assert done.verdicts == {Verdict.AVAILABLE: 2}
    assert answers.read_bytes() == before
    made = load_stream(done.files[0])
    assert spec.stream is not None
    assert [heard.channel for heard in made.channels] == sorted(spec.stream.channels)
    assert (made.about.group, made.about.target.kind) == (CHANNEL_GROUP, TargetKind.SANDBOX)
    assert done.files[0].stat().st_size < 20_000


def test_naming_operations_leaves_the_channels(spec: Spec, tmp_path: Path) -> None:
    (path,) = recorded(spec, tmp_path).files
    before = path.read_bytes()
    names = [row.name for row in recorded(spec, tmp_path, "option_*").files]
    assert (names, path.read_bytes()) == (["options.json"], before)


def test_channels_can_be_left_out(spec: Spec, tmp_path: Path) -> None:
    (path,) = recorded(spec, tmp_path).files
    before = path.read_bytes()
    done = recorded(spec, tmp_path, "option_info", NAME, channels=False)
    assert [row.name for row in done.files] == ["options.json"]
    assert path.read_bytes() == before
    with pytest.raises(UsageError, match="--only names channels alone"):
        recorded(spec, tmp_path, channels=False)


def test_a_plan_is_not_recorded_from_two_kinds_of_target(spec: Spec, tmp_path: Path) -> None:
    recorded(spec, tmp_path)
    path = tmp_path / "standard" / FILE
    path.write_text(path.read_text().replace('"kind": "sandbox"', '"kind": "live"'))
    with pytest.raises(AuditError, match=r"channels.json: recorded from live; record the whole plan"):
        recorded(spec, tmp_path, "option_*")


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("ws-handshake-silent", "was unreachable"),
        ("ws-handshake-429", "was rate_limited"),
        ("ws-handshake-401", "was unauthorized"),
        ("ws-reset", "was unreachable"),
        ("ws-oversized", "broke off"),
        ("ws-wrong-encoding", "broke off"),
        ("ws-reserved-opcode", "broke off"),
    ],
)
def test_what_is_no_part_of_a_contract_is_not_written(
    spec: Spec, tmp_path: Path, fault: str, words: str
) -> None:
    with pytest.raises(AuditError, match=rf"{words}; nothing was written, record again"):
        recorded(spec, tmp_path, faults=(fault,))
    assert not list(tmp_path.rglob("*.json"))
