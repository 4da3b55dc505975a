"""Plays a library to any HTTP client in this process: a cassette of vcrpy that answers from ours.

vcrpy knows how to take the place of the network for each HTTP library. It is asked to once, and the
library behind it may be changed between tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl

from vcr.cassette import Cassette as VcrCassette  # type: ignore[import-untyped]  # vcrpy is not typed
from vcr.record_mode import RecordMode  # type: ignore[import-untyped]  # vcrpy is not typed

from audit.contract.cassette import Interaction
from audit.contract.replay import Library, Miss
from audit.errors import CassetteError


class MissError(CassetteError):
    """A request that has no recorded answer; the text says what is nearest and what differs."""


class Tape(VcrCassette):  # type: ignore[misc]  # vcrpy is not typed
    """Answers each request from ``library``; a request without an answer raises MissError."""

    def __init__(self, path: str, library: Library) -> None:
        super().__init__(path=path, record_mode=RecordMode.NONE)
        self.library = library
        self.rewound = True

    def _load(self) -> None:
        """Leave reading to the library."""

    def _save(self, force: bool = False) -> None:
        """Write nothing: only `record` does."""

    def can_play_response_for(self, request: Any) -> bool:
        """Whether the request is vcrpy's to answer: always, so that none reaches the network."""
        return True

    def play_response(self, request: Any) -> dict[str, Any]:
        """Return the recorded answer in vcrpy's shape."""
        params = dict(parse_qsl(request.parsed_uri.query, keep_blank_values=True))
        found = self.library.find(request.method, request.path, params, request.host)
        if isinstance(found, Miss):
            raise MissError(str(found))
        return _response(found)


@contextmanager
def playing(library: Library) -> Iterator[Tape]:
    """Answer all HTTP requests of this process from a library until the end of the block."""
    with Tape.use(path=str(library.folder), library=library) as tape:
        yield tape


def _response(found: Interaction) -> dict[str, Any]:
    answer = found.response
    return {
        "status": {"code": answer.status, "message": ""},
        "headers": {name: [value] for name, value in answer.headers.items()},
        "body": {"string": answer.raw},
    }
