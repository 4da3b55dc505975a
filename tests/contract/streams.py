"""Recordings of channels made for tests, and ways to change what came in one."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

from audit.contract.cases import ChannelCase
from audit.contract.cassette import default_folder
from audit.contract.stream_file import FILE, Heard, Line, Said, Stream, dump_stream, load_stream
from audit.contract.suite import Judged, Suite
from audit.spec.catalog import Spec
from tests.contract.made import cassette

NAME = "liquidationOrders"
SUBSCRIBE = {"method": "subscribe", "channels": [NAME]}
Event = dict[str, Any]


def sent(at: float, body: Any, **more: Any) -> Event:
    return {"way": "sent", "at": at, "body": body, **more}


def came(at: float, body: Any, **more: Any) -> Event:
    return {"way": "came", "at": at, "body": body, **more}


def text(event: Event) -> Event:
    return {**event, "form": "text"}


def heard(*lines: list[Event], channel: str = NAME, **more: Any) -> Heard:
    """A channel with these connections; each begins with its first event."""
    rows = [{"at": events[0]["at"] if events else 0.0, "events": events} for events in lines]
    return Heard.model_validate({"channel": channel, "name": NAME, "lines": rows, **more})


REFUSED = heard(
    [sent(1.0, SUBSCRIBE), text(came(1.05, f"{NAME} need upgrade plan")), {"way": "left", "at": 1.05}]
)


def stream(*channels: Heard, **about: Any) -> Stream:
    """A recording of the sandbox on the plan ``standard``, unless told otherwise."""
    return Stream(about=cassette(group="channels", **about).about, channels=channels or (REFUSED,))


def written(folder: Path, made: Stream | None = None, content: str | None = None) -> Path:
    """Put a recording where it belongs below a folder, or other text in its place."""
    made = made or stream()
    path = folder / made.about.plan / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dump_stream(made) if content is None else content, encoding="utf-8")
    return path


# --- changes ----------------------------------------------------------------------------------------

Change = Callable[[Heard], Heard]


def events(change: Callable[[list[Said]], list[Said]]) -> Change:
    """Change what is said on each connection."""

    def apply(before: Heard) -> Heard:
        return before.model_copy(update={"lines": tuple(_line(line, change) for line in before.lines)})

    return apply


def _line(line: Line, change: Callable[[list[Said]], list[Said]]) -> Line:
    kept = change([event for event in line.events if isinstance(event, Said)])
    ends = [event for event in line.events if not isinstance(event, Said)]
    return line.model_copy(update={"events": (*kept, *ends)})


def messages(change: Callable[[dict[str, Any]], Any]) -> Change:
    """Change each pushed message in place."""

    def one(event: Said) -> Said:
        if event.way == "sent" or not isinstance(event.body, dict):
            return event
        body = copy.deepcopy(event.body)
        change(body)
        return event.model_copy(update={"body": body})

    return events(lambda said: [one(event) for event in said])


def rows(change: Callable[[dict[str, Any]], Any]) -> Change:
    """Change each row of each pushed message in place."""

    def each(body: dict[str, Any]) -> None:
        for row in body["data"]:
            change(row)

    return messages(each)


def without(*unwanted: str) -> Change:
    """Leave out texts that came."""
    return events(lambda said: [event for event in said if event.way == "sent" or event.body not in unwanted])


def instead(form: str, body: Any) -> Change:
    """Let the first message carry something else."""

    def change(said: list[Said]) -> list[Said]:
        place = next(place for place, event in enumerate(said) if event.way == "came")
        said[place] = said[place].model_copy(update={"form": form, "body": body, "rows": None})
        return said

    return events(change)


def otherwise_asked(said: list[Said]) -> list[Said]:
    body = {"op": "subscribe", "args": [NAME]}
    return [event.model_copy(update={"body": body}) if event.body == SUBSCRIBE else event for event in said]


# --- the shipped ones ---------------------------------------------------------------------------------


def shipped(plan: str, channel: str) -> tuple[Heard, Stream]:
    made = load_stream(default_folder() / plan / FILE)
    return next(heard for heard in made.channels if heard.channel == channel), made


def judged(spec: Spec, plan: str, heard: Heard | None, made: Stream, channel: str) -> Judged:
    assert spec.stream is not None
    case = ChannelCase(
        "case", spec.ladder.get(plan), spec.stream.channels[channel], heard, made.about.recorded_at
    )
    return Suite(spec, {}, (case,)).judge(case)
