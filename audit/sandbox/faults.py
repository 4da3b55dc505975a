"""What can go wrong on purpose: the kinds of faults, and when one strikes.

A kind acts at one of three stages. ``instead`` faults take the place of any answer, before the key is
looked at; ``body`` faults spoil the tree of a success; ``header`` faults bend the headers that every
answer to a known key carries. Kinds that begin with ``ws-`` are about channels; ``stream_faults`` tells
their stages.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from audit.errors import UsageError, unknown
from audit.sandbox import stream_faults
from audit.sandbox.damage import BODY_KINDS, BodyFault
from audit.sandbox.outages import HEADER_KINDS, INSTEAD_KINDS, HeaderFault, InsteadFault

KINDS: dict[str, InsteadFault | BodyFault | HeaderFault] = {**INSTEAD_KINDS, **BODY_KINDS, **HEADER_KINDS}
"""Every kind about requests by name. The first line of a function's docstring says what it does."""
STREAM_KINDS: Mapping[str, object] = stream_faults.KINDS
"""Every kind about channels by name."""
ALL_KINDS: Mapping[str, object] = {**KINDS, **STREAM_KINDS}

_SPELLING = re.compile(
    r"(?P<kind>[a-z0-9-]+?)(:(?P<glob>[^@:]+?))?(@(?P<chance>[^@:x]+))?(x(?P<times>\d+))?\Z"
)
_EXAMPLE = "such as rate, rate:*history, reset@0.1 or server-500:*_list@0.5x3"


@dataclass(frozen=True)
class Fault:
    """A kind, the operations or channels it strikes (a glob over names), how often, and how many times."""

    kind: str
    operations: str = "*"
    probability: float = 1.0
    times: int | None = None


def parse(text: str) -> Fault:
    """Read ``KIND[:GLOB][@PROBABILITY][xTIMES]``; raises UsageError saying what is wrong.

    A trailing ``x`` and digits always means times.
    """
    match = _SPELLING.match(text.strip())
    if not match:
        raise UsageError(
            f"fault {text!r} is not spelled KIND[:OPERATION-GLOB][@PROBABILITY][xTIMES], {_EXAMPLE}"
        )
    if match["kind"] not in ALL_KINDS:
        raise unknown("fault", match["kind"], list(ALL_KINDS))
    try:
        probability = float(match["chance"] or 1)
    except ValueError:
        probability = -1.0
    if not 0 < probability <= 1:
        raise UsageError(
            f"fault {text!r}: the probability {match['chance']!r} is not between 0 and 1, {_EXAMPLE}"
        )
    times = None if match["times"] is None else int(match["times"])
    if times == 0:
        raise UsageError(f"fault {text!r}: x0 would never strike; leave the fault out")
    return Fault(match["kind"], match["glob"] or "*", probability, times)


class Strikes:
    """Decides which faults strike a request; reproducible from its seed, in the order of requests."""

    def __init__(self, faults: Iterable[Fault], seed: int) -> None:
        self._faults = tuple(faults)
        self._left = [fault.times for fault in self._faults]
        self._chance = random.Random(seed)  # noqa: S311 - chance, not a secret

    def at(self, kinds: Iterable[str], operation: str, most: int | None = None) -> list[str]:
        """Return the kinds among the given ones that strike an operation now, ``most`` at the most.

        Those after the last one returned have not struck and are not counted.
        """
        wanted = set(kinds)
        struck = []
        for place, fault in enumerate(self._faults):
            left = self._left[place]
            if fault.kind not in wanted or left == 0 or not fnmatchcase(operation, fault.operations):
                continue
            if fault.probability < 1 and self._chance.random() >= fault.probability:
                continue
            self._left[place] = None if left is None else left - 1
            struck.append(fault.kind)
            if len(struck) == most:
                break
        return struck


def check(
    faults: Iterable[Fault | str], operations: Iterable[str], channels: Iterable[str] = ()
) -> tuple[Fault, ...]:
    """Return faults read and proved to strike something; raises UsageError."""
    known = {"operation": list(operations), "channel": list(channels)}
    read = tuple(parse(fault) if isinstance(fault, str) else fault for fault in faults)
    for fault in read:
        if fault.kind not in ALL_KINDS:
            raise unknown("fault", fault.kind, list(ALL_KINDS))
        what = "channel" if fault.kind in STREAM_KINDS else "operation"
        names = known[what]
        if fault.kind in stream_faults.OF_CONNECTIONS and fault.operations != "*":
            raise UsageError(
                f"fault {fault.kind} strikes connections, which are for all channels; "
                f"leave out {':' + fault.operations!r}"
            )
        if not any(fnmatchcase(name, fault.operations) for name in names):
            if any(sign in fault.operations for sign in "*?["):
                raise UsageError(f"fault {fault.kind}: no {what} matches {fault.operations!r}")
            raise unknown(what, fault.operations, names)
    return read
