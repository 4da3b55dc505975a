"""From what passed on the connections of a channel to what is kept of it: little, and without the key."""

from __future__ import annotations

from collections import deque
from itertools import count
from typing import Any

from audit.client.answers import Complete, Unanswered
from audit.client.stream import NO_GOODBYE, Binary, Broken, Text
from audit.client.stream import Closed as Ended
from audit.contract.cassette import Answered, encode_body
from audit.contract.record import kept_headers
from audit.contract.scrub import Scrubber
from audit.contract.stream_file import MAX_REASON, Closed, Event, Heard, Left, Line, Said, encode_text
from audit.contract.trim import ROWS
from audit.model import StreamFacts
from audit.probe.channel_ear import Direction, Frame
from audit.spec.channels import Channel
from audit.spec.provider import Provider

KEPT = 2  # messages at each end of what came between two that were sent

Message = tuple[int, float, Text | Binary]


class Recorder:
    """Hears one channel, as a tap of its probe; ``began`` is how many seconds into the recording.

    Of the data that comes between two messages of the listener the first two and the last two are kept,
    and so of what else comes. ``broken`` says why it cannot be played again, None where it can.
    """

    def __init__(self, channel: Channel, provider: Provider, scrubber: Scrubber, began: float) -> None:
        self.broken: str | None = "no connection was opened"
        self._headers = kept_headers(provider)
        self._channel, self._scrubber, self._began = channel, scrubber, began
        self._lines: list[Line] = []
        self._events: list[Event] = []
        self._count = count()
        self._data, self._other = _Ends(), _Ends()

    def __call__(self, seconds: float, direction: Direction, frame: Frame) -> None:
        """Take in what passed ``seconds`` after the channel was begun with."""
        at = round(self._began + seconds, 3)
        match frame:
            case Unanswered():
                pass  # An attempt that met nobody is none of the server's doing.
            case Text(text) as came:
                (self._data if text.startswith("{") else self._other).add((next(self._count), at, came))
            case Binary() as came:
                self._other.add((next(self._count), at, came))
            case str(text):
                self._add(Said(way="sent", at=at, **self._encoded(text)))
            case Ended(code, reason):
                self._add(Closed(way="closed", at=at, code=code, reason=self._short(reason)))
            case Broken(fault, detail):
                if fault != "reset":
                    self.broken = f"{fault}: {detail}"
                self._add(Closed(way="closed", at=at, code=NO_GOODBYE))
            case Complete() as answer:
                self._open(Line(at=at, answer=self._answered(answer)))
            case None if direction == "opened":
                self._open(Line(at=at))
            case None:
                self._add(Left(way="left", at=at))

    def heard(self, facts: StreamFacts) -> Heard:
        """Return what is kept of what was heard; ``facts`` say under which name, and how much came."""
        self._end()
        return Heard(
            channel=facts.channel,
            name=self._scrubber.clean(facts.name),
            messages=facts.messages,
            rows=facts.rows,
            lines=tuple(self._lines),
        )

    def _open(self, line: Line) -> None:
        self._end()
        if not self._lines:
            self.broken = None
        self._lines.append(line)

    def _add(self, event: Event) -> None:
        """Keep what the listener sent, or the end: it stays whatever else came."""
        self._settle()
        # The listener may leave a line that the other side has ended already.
        if not self._events or isinstance(self._events[-1], Said):
            self._events.append(event)

    def _end(self) -> None:
        """Put what happened on the last connection to it."""
        self._settle()
        if self._events:
            self._lines[-1] = self._lines[-1].model_copy(update={"events": tuple(self._events)})
        self._events = []

    def _settle(self) -> None:
        """Keep the ends of what came since the listener last sent something."""
        for _, at, message in sorted([*self._data.kept(), *self._other.kept()], key=lambda row: row[0]):
            if isinstance(message, Binary):
                self._events.append(Said(way="came", at=at, form="binary", body=message.size))
            else:
                self._events.append(self._came(at, message.text))
        self._data, self._other = _Ends(), _Ends()

    def _came(self, at: float, text: str) -> Said:
        """A message with its first rows."""
        said = Said(way="came", at=at, **self._encoded(text))
        rows = said.body.get(self._channel.data_field) if isinstance(said.body, dict) else None
        if not isinstance(rows, list) or len(rows) <= ROWS:
            return said
        body = {**said.body, self._channel.data_field: rows[:ROWS]}
        return said.model_copy(update={"rows": len(rows), "body": body})

    def _encoded(self, text: str) -> dict[str, Any]:
        return encode_text(self._scrubber.clean(text))

    def _answered(self, answer: Complete) -> Answered:
        kept = {name: self._scrubber.clean(answer.headers.get(name, "")) for name in self._headers}
        return Answered(
            status=answer.status,
            headers={name: value for name, value in kept.items() if value and value.isprintable()},
            **encode_body(self._scrubber.clean_bytes(answer.body)),
        )

    def _short(self, reason: str) -> str:
        return self._scrubber.clean(reason).encode()[:MAX_REASON].decode("utf-8", "ignore")


class _Ends:
    """The first and the last of some messages, each with its number and moment."""

    def __init__(self) -> None:
        self._first: list[Message] = []
        self._last: deque[Message] = deque(maxlen=KEPT)

    def add(self, message: Message) -> None:
        """Keep one more, perhaps in the place of another."""
        (self._first if len(self._first) < KEPT else self._last).append(message)

    def kept(self) -> list[Message]:
        """Return what is kept, in its order."""
        return [*self._first, *self._last]
