"""What a channel pushes: a function of seed, name and time alone.

Seconds are quiet, ordinary or a burst. No two rows of a name share a moment, so that each can be told
from all others, and times ascend.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from audit.sandbox.market import Market
from audit.sandbox.stream_rows import RowMaker
from audit.sandbox.values import mix, text_key
from audit.spec.channels import Channel

BURST = 300  # messages a second at the most
_ROWS = 3  # rows of a message at the most
_QUIET_FOR = 10  # seconds
_BURST_FOR = 2  # seconds


@dataclass(frozen=True)
class Due:
    """One message that is to be sent when the last of its rows has happened; epoch milliseconds."""

    rows: Sequence[int]

    @property
    def at(self) -> int:
        """When it is to be sent."""
        return self.rows[-1]


class Feed:
    """The messages of one name."""

    def __init__(self, channel: Channel, name: str, market: Market, seed: int) -> None:
        """Serve a name of the channel; raises LookupError where the market has nothing of that name."""
        self._channel = channel
        self._name = name
        self._key = text_key(seed, channel.id, name)
        self._rows = RowMaker(channel, channel.values(name) or {}, market, self._key)

    def message(self, due: Due) -> dict[str, Any]:
        """Return what a message says."""
        name, rows = self._channel.name_field, self._rows.rows(due.rows)
        data = rows if self._rows.several else rows[0]
        return {name: self._name, self._channel.data_field: data} | self._rows.beside(due.at)

    def after(self, moment: float) -> Iterator[Due]:
        """Yield the messages after a moment (epoch seconds), without end."""
        second = int(moment)
        while True:
            yield from (one for one in self._second(second) if one.at > moment * 1000)
            second += 1

    def _second(self, second: int) -> Iterator[Due]:
        sizes = [1 + mix(second * 1009 + place ^ self._key) % _ROWS for place in range(self._count(second))]
        if not self._rows.several:
            sizes = [1] * len(sizes)
        if not self._rows.fine:
            # Moments that are told in seconds cannot tell two rows of one second apart.
            sizes = [1][: len(sizes)]
        moments, start = self._moments(second, sum(sizes)), 0
        for size in sizes:
            yield Due(moments[start : start + size])
            start += size

    def _count(self, second: int) -> int:
        """Return how many messages a second has; a quiet stretch never follows another."""
        stretch = second // _QUIET_FOR
        if self._quiet(stretch) and not self._quiet(stretch - 1):
            return 0
        if mix(second // _BURST_FOR * 31 ^ self._key) % 60 == 0:
            return BURST - mix(second ^ self._key) % (BURST // 3)
        return 1 + mix(second * 17 ^ self._key) % 4

    def _quiet(self, stretch: int) -> bool:
        return mix(stretch * 7 ^ self._key ^ 0x51ED270B) % 6 == 0

    def _moments(self, second: int, count: int) -> list[int]:
        """Return so many milliseconds of a second, ascending, each another."""
        edges = [place * 1000 // max(count, 1) for place in range(count + 1)]
        return [
            second * 1000 + here + mix((second * 1009 + here) ^ self._key) % (there - here)
            for here, there in pairwise(edges)
        ]
