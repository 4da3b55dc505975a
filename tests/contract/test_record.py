"""A recording: the same for the same seed and clock, without the key, and whole or not at all."""

from __future__ import annotations

import base64
import json
import os
import random
import re
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest

from audit.client.answers import Complete, Request
from audit.client.secret import Secret
from audit.contract import record as module
from audit.contract.cassette import Cassette, default_folder, load
from audit.contract.record import Heard, assemble, write
from audit.contract.scrub import Scrubber
from audit.contract.stream_file import Stream, load_either
from audit.errors import AuditError, CassetteError, OutputError, UsageError
from audit.jobs.recording import plans_of, record
from audit.jobs.settings import Settings, aim
from audit.model import Target, TargetKind, Verdict
from audit.probe.asks import ask
from audit.sandbox.app import Sandbox
from audit.spec.catalog import Spec
from tests.contract.made import RECORDED_AT, SANDBOX, cassette, interaction, written

MOMENT = RECORDED_AT.timestamp()
FEW = ("futures_funding_rate_history", "user_account_subscription")
KEY = "fa4e-" * 6 + "Key"


def settings(**changes: Any) -> Settings:
    return Settings(**{"plan": "standard", "sandbox": True, "moment": MOMENT, **changes})


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones too, with what it holds."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_the_same_seed_and_clock_give_the_same_bytes(spec: Spec, tmp_path: Path) -> None:
    for name in ("one", "two"):
        record(spec, settings(only=FEW, plan="hobbyist"), None, tmp_path / name)
    record(spec, settings(only=FEW, plan="hobbyist", seed=1), None, tmp_path / "other")
    assert files(tmp_path / "one") == files(tmp_path / "two") != files(tmp_path / "other")


def test_the_shipped_cassettes_can_be_recorded_again(spec: Spec, tmp_path: Path) -> None:
    shipped = default_folder() / "hobbyist"
    about = load(shipped / "account.json").about
    if about.target.kind is not TargetKind.SANDBOX:
        pytest.skip("recorded from the live API")
    record(spec, settings(plan="hobbyist", moment=about.recorded_at.timestamp()), None, tmp_path)
    assert files(tmp_path / "hobbyist") == files(shipped), "run `make record`"


def test_every_operation_is_recorded_refusals_and_floors_too(spec: Spec, tmp_path: Path) -> None:
    done = record(spec, settings(plan="hobbyist"), None, tmp_path)
    made = [load_either(path) for path in done.files]
    rows = [row for cassette in made if isinstance(cassette, Cassette) for row in cassette.interactions]
    assert {row.operation for row in rows} == set(spec.operations)
    (stream,) = [one for one in made if isinstance(one, Stream)]
    assert done.verdicts[Verdict.PLAN_GATED] > 50
    assert done.verdicts[Verdict.INTERVAL_GATED] > 30
    assert len(rows) + len(stream.channels) == sum(done.verdicts.values())
    assert {one.about.target.kind for one in made} == {SANDBOX.kind}
    names = {name for row in rows for name in row.response.headers}
    assert names == {"content-type", "date", spec.provider.rate_limit.limit.lower()}


def test_only_records_whole_groups_and_leaves_the_others(spec: Spec, tmp_path: Path) -> None:
    kept = written(tmp_path)
    before = kept.read_bytes()
    (tmp_path / "standard" / "README").write_text("mine")
    done = record(spec, settings(only=("futures_funding_rate_history",)), None, tmp_path)
    assert [path.name for path in done.files] == ["futures-funding-rate.json"]
    recorded = {row.operation for row in load(done.files[0]).interactions}
    assert recorded == {row.id for row in spec.operations.values() if row.group == "futures/funding-rate"}
    assert kept.read_bytes() == before
    assert (tmp_path / "standard" / "README").read_text() == "mine"


def test_one_plan_is_not_recorded_from_two_kinds_of_target(tmp_path: Path) -> None:
    live = Target(kind=TargetKind.LIVE, base_url="https://example.com")
    written(tmp_path, cassette(target=live))
    before = files(tmp_path)
    scrubber = Scrubber(Secret(KEY), "KEY")
    with pytest.raises(CassetteError, match="recorded from live; record the whole plan"):
        write(tmp_path, "standard", [cassette(group="two")], scrubber, whole=False)
    assert files(tmp_path) == before
    write(tmp_path, "standard", [cassette()], scrubber, whole=False)
    assert list(files(tmp_path)) == list(before)
    write(tmp_path, "standard", [cassette(group="two")], scrubber, whole=True)
    assert list(files(tmp_path)) == ["standard/two.json"]


def test_a_whole_recording_takes_away_what_is_no_longer_recorded(tmp_path: Path) -> None:
    old = written(tmp_path, cassette(group="old/group"))
    (old.parent / "README").write_text("mine")
    write(tmp_path, "standard", [cassette()], Scrubber(Secret(KEY), "KEY"), whole=True)
    assert sorted(path.name for path in old.parent.iterdir()) == ["README", "some-group.json"]


# --- nothing half-written ---------------------------------------------------------------------------


def broken(name: str) -> Callable[..., Any]:
    def fail(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt if name == "interrupt" else OSError(28, "No space left")

    return fail


@pytest.mark.parametrize("fault", ["interrupt", "disk"])
@pytest.mark.parametrize("at", ["write_text", "rename", "mkdir", "second write", "second rename"])
def test_an_interrupted_recording_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str, fault: str
) -> None:
    written(tmp_path)
    before = files(tmp_path)
    method = {"second write": "write_text", "second rename": "rename"}.get(at, at)
    real: Any = getattr(Path, method)
    left = [int(at.startswith("second"))]

    def sometimes(self: Path, *args: Any, **kwargs: Any) -> Any:
        # Only what takes place goes wrong: putting the old folder back is allowed to work.
        if left[0] == 0:
            left[0] = -1
            broken(fault)()
        left[0] -= 1
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Path, method, sometimes)
    with pytest.raises(KeyboardInterrupt if fault == "interrupt" else OutputError):
        write(
            tmp_path,
            "standard",
            [cassette(), cassette(group="two")],
            Scrubber(Secret(KEY), "KEY"),
            whole=True,
        )
    monkeypatch.undo()
    assert files(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == ["standard"]


def test_what_cannot_be_read_back_does_not_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path)
    before = files(tmp_path)
    monkeypatch.setattr(module, "dump", lambda made: "{")
    with pytest.raises(CassetteError, match="ends too soon"):
        write(tmp_path, "standard", [cassette()], Scrubber(Secret(KEY), "KEY"), whole=True)
    assert files(tmp_path) == before


@pytest.mark.parametrize("fault", ["rate", "reset", "truncated", "hang"])
def test_an_answer_that_cannot_be_kept_ends_the_recording(spec: Spec, tmp_path: Path, fault: str) -> None:
    written(tmp_path)
    before = files(tmp_path)
    given = settings(only=FEW, faults=(f"{fault}:futures_funding_rate_history",), concurrency=1)
    with pytest.raises(AuditError, match="nothing was written"):
        record(spec, given, None, tmp_path)
    assert files(tmp_path) == before


def test_what_a_server_answers_again_and_again_is_its_answer(spec: Spec, tmp_path: Path) -> None:
    done = record(
        spec, settings(only=FEW, faults=("server-500:futures_funding_rate_history",)), None, tmp_path
    )
    assert done.verdicts[Verdict.SERVER_ERROR] >= 1


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="name another folder"):
        write(tmp_path / "file", "standard", [cassette()], Scrubber(Secret(KEY), "KEY"), whole=True)


# --- whose plan it is -------------------------------------------------------------------------------


def test_without_a_name_the_sandbox_is_recorded_on_every_plan_and_a_key_on_its_own(spec: Spec) -> None:
    assert plans_of(spec, aim(Settings(), spec, None), ()) == tuple(spec.ladder.names)
    assert plans_of(spec, aim(Settings(), spec, Secret(KEY)), ()) == (None,)
    assert plans_of(spec, aim(Settings(), spec, None), ("Startup", "startup")) == ("startup",)


def test_the_plan_of_the_key_is_found_and_another_is_refused(
    spec: Spec, tmp_path: Path, sandbox_url: str
) -> None:
    key = Secret(spec.provider.sandbox_keys.plan.format(plan="startup"))
    given = Settings(base_url=sandbox_url, only=("user_account_subscription",), intervals="none")
    done = record(spec, given, key, tmp_path)
    assert (done.plan, done.files[0].parent.name) == ("startup", "startup")
    with pytest.raises(UsageError, match="the key has the plan startup, not standard"):
        record(spec, replace(given, plan="standard"), key, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["startup"]


def test_a_key_that_does_not_work_records_nothing(spec: Spec, tmp_path: Path, sandbox_url: str) -> None:
    for plan in (None, "standard"):
        with pytest.raises(AuditError):
            record(spec, Settings(base_url=sandbox_url, plan=plan), Secret("fake-key-not-known"), tmp_path)
    assert not list(tmp_path.iterdir())


# --- the key's value, planted in every place that can hold text ----------------------------------------

ENCODINGS: tuple[Callable[[str], str], ...] = (
    str,
    str.upper,
    lambda key: quote(key, safe=""),
    lambda key: "".join(f"%{ord(sign):02X}" for sign in key),
    lambda key: "".join(f"%25{ord(sign):02x}" for sign in key),
    lambda key: "".join(f"\\u{ord(sign):04x}" for sign in key),
    lambda key: key.encode().hex(),
    lambda key: base64.b64encode(key.encode()).decode(),
    lambda key: base64.b64encode(b"u:" + key.encode() + b":x").decode(),
    lambda key: base64.urlsafe_b64encode(b"?>" + key.encode()).decode().rstrip("="),
    lambda key: f"https://user:{key}@example.com/?key={key}#{key}",
    lambda key: f"invalid key '{key}', expected another",
)
PLACES = (
    "value", "name", "nested", "list", "row", "code", "text body", "broken json", "bytes",
    "header", "other header", "parameter", "message", "raw escape",
)  # fmt: skip


def planted(place: str, form: str, rng: random.Random) -> tuple[dict[str, str], bytes, dict[str, str]]:
    """Headers, body and parameters of an exchange that carries a text in one place."""
    noise = "".join(rng.choices("abcXYZ012 é", k=rng.randrange(8)))
    text = noise + form + noise
    headers = {"content-type": "application/json", "date": "Fri, 20 Nov 2026 00:00:00 GMT"}
    headers |= {"header": {"location": quote(noise) + form}, "other header": {"x-echo": form}}.get(place, {})
    rows: list[dict[str, Any]] = [{"time": n, "open": "1"} for n in range(9)]
    body = {
        "code": text if place == "code" else "0",
        "msg": text if place == "message" else "success",
        "data": {
            "value": [*rows, {"time": 9, "open": text}],
            "name": [*rows, {"time": 9, text: "1"}],
            "list": [text] * 3,
            "row": [[1, text], text],
            "nested": {"a": [{"b": {"c": text}}]},
        }.get(place, rows),
    }
    raw = json.dumps(body, ensure_ascii=rng.random() < 0.5).encode()
    raws = {
        "raw escape": b'{"code":"0","msg":"' + form.replace('"', "").encode() + b'"}',
        "text body": f"<html>{text}</html>".encode(),
        "broken json": raw[:-2] + text.encode(),
        "bytes": b"\xff\x00" + text.encode() + b"\xfe",
    }
    return headers, raws.get(place, raw), {"symbol": form} if place == "parameter" else {}


def holds(text: str, key: str) -> bool:
    """Whether a text carries a key, looked for in other ways than the recorder does."""
    views = {text, text.replace("\\\\", "\\")}
    for view in tuple(views):
        views |= {unquote(view), unquote(unquote(view)), unquote(unquote(unquote(view)))}
    for view in tuple(views):
        views.add(re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), view))
    low = key.lower()
    hexes = {spelling.encode().hex() for spelling in (key, low, key.upper())}
    if any(low in view.lower() or any(one in view.lower() for one in hexes) for view in views):
        return True
    for run in re.findall(r"[A-Za-z0-9+/_-]{16,}", text):
        standard = run.replace("-", "+").replace("_", "/")
        for start in range(4):
            part = standard[start:]
            part = part[:-1] if len(part) % 4 == 1 else part + "=" * (-len(part) % 4)
            if low.encode() in base64.b64decode(part).lower():
                return True
    return False


def strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for pair in value.items() for item in pair for text in strings(item)]
    if isinstance(value, list):
        return [text for item in value for text in strings(item)]
    return [value] if isinstance(value, str) else []


def test_the_oracle_sees_every_spelling() -> None:
    for encode in ENCODINGS:
        assert holds(json.dumps({"x": encode(KEY)}), KEY) or holds(encode(KEY), KEY)


@pytest.mark.parametrize("place", PLACES)
def test_the_key_never_reaches_the_disk(spec: Spec, tmp_path: Path, place: str) -> None:
    """14 places, 4 keys, 12 spellings: 672 cases."""
    rng = random.Random(place)
    asked = ask(spec, spec.operation("futures_funding_rate_history"), "standard")
    alphabets = ("0123456789abcdef", "abcdefABCDEF0123456789+/=_-%&\"\\'<")
    keys = ["".join(rng.choices(alphabet, k=rng.randrange(8, 40))) for alphabet in alphabets * 2]
    scrubbers = {key: Scrubber(Secret(key), "KEY") for key in keys}
    for key, encode in product(keys, ENCODINGS):
        scrubber, form = scrubbers[key], encode(key)
        headers, raw, params = planted(place, form, rng)
        request = Request("GET", asked.operation.path, tuple({**dict(asked.params), **params}.items()))
        origin = cassette().about.model_dump(exclude={"group"})
        made = assemble(spec, origin, [Heard(asked, request, Complete(200, headers, raw, 0.1))], scrubber)
        path = write(tmp_path, "standard", made, scrubber, whole=True)[0]
        text = path.read_text()
        assert not holds(text, key), (key, form)
        for row in load(path).interactions:
            answer = row.response
            whole = [answer.raw.decode("latin-1"), *answer.headers.values(), *row.request.params.values()]
            assert not any(holds(part, key) for part in [*whole, *strings(answer.body)]), (key, form)
            # What is not the key is still there.
            assert answer.status == 200
            assert "date" in answer.headers


def test_a_cassette_that_would_still_hold_the_key_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path)
    before = files(tmp_path)
    made = cassette(interaction(body={"msg": f"wrong key {KEY}"}))
    with pytest.raises(CassetteError, match="would still contain the key") as caught:
        write(tmp_path, "standard", [made], Scrubber(Secret(KEY), "KEY"), whole=True)
    assert KEY not in str(caught.value)
    assert files(tmp_path) == before


def test_a_server_that_repeats_the_key_everywhere(
    spec: Spec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = spec.provider.sandbox_keys.plan.format(plan="standard")
    real = Sandbox._spoilt

    def echo(self: Sandbox, body: dict[str, object], *rest: Any) -> dict[str, object]:
        echoes = {f"{key} {place}": encode(key) for place, encode in enumerate(ENCODINGS)}
        return {**real(self, body, *rest), "echo": echoes}

    monkeypatch.setattr(Sandbox, "_spoilt", echo)
    done = record(spec, settings(only=FEW), None, tmp_path)
    assert all('"echo"' in path.read_text() for path in done.files)
    assert not any(holds(path.read_text(), key) for path in done.files)


def test_leftovers_are_named_after_the_process(tmp_path: Path) -> None:
    """Two recordings into one folder do not share a place for what is under way."""
    seen: list[str] = []
    real = load_either

    def spy(path: Path) -> Any:
        seen.append(path.parent.parent.name)
        return real(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "load_either", spy)
        write(tmp_path, "standard", [cassette()], Scrubber(Secret(KEY), "KEY"), whole=True)
    assert seen == [f".standard.{os.getpid()}.part"]
