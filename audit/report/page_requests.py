"""What a finding rests on: its request as a line for a shell, and what came back. Pure."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from audit.model import SUBSCRIBE, Finding, Observation, Run
from audit.report.words import request, said

# A longer line would be cut on the page, and what is cut cannot be run.
MOST = 1500
# The line is copied into a shell; a Run file from elsewhere may hold anything.
_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]{0,63}")
_METHOD = re.compile(r"GET|POST|PUT|PATCH|DELETE|HEAD")
_BASE = re.compile(r"https?://[A-Za-z0-9.\[\]:-]+(/[A-Za-z0-9._~/-]*)?")
NO_BASE = '"$BASE_URL"'
_SOCKET = re.compile(r"wss?://[A-Za-z0-9.\[\]:-]+(/[A-Za-z0-9._~/-]*)?")
NO_SOCKET = "$WS_URL"


@dataclass(frozen=True)
class Grounds:
    """Evidence in parts; each is None where there is none.

    ``curl`` asks the same again, with the key taken from the environment; ``channel`` says how to listen
    again. ``answer`` is what came back, ``text`` evidence of another kind.
    """

    curl: str | None = None
    channel: Listening | None = None
    answer: str | None = None
    text: str | None = None


@dataclass(frozen=True)
class Listening:
    """What to do by hand to hear a channel: where to connect, with a key, and the text to send."""

    url: str
    send: str


class Requests:
    """The requests of a run, found by how findings quote them."""

    def __init__(self, run: Run) -> None:
        self._head = _head(run)
        self._base = _base(run)
        self._quoted: dict[str, Observation] = {}
        self._first: dict[str, Observation] = {}
        self._streams = {(facts.channel, facts.name): facts for facts in run.streams}
        for row in run.observations:
            self._quoted.setdefault(request(row), row)
            self._first.setdefault(row.operation, row)

    @property
    def needs_base(self) -> bool:
        """Whether the lines leave the server to a variable, because the run had none of its own."""
        return self._base == NO_BASE

    def curl(self, row: Observation) -> str | None:
        """Return the request as a line for a shell; None where it is none or would not be whole."""
        if not _METHOD.fullmatch(row.method) or not row.path.startswith("/"):
            return None
        try:
            rest = quote(row.path, safe="/-._~") + (f"?{urlencode(row.params)}" if row.params else "")
        except UnicodeEncodeError:
            return None
        method = "" if row.method == "GET" else f"-X {row.method} "
        where = NO_BASE + shlex.quote(rest) if self.needs_base else shlex.quote(self._base + rest)
        line = f"{self._head}{method}{where}"
        return line if len(line) <= MOST else None

    def channel(self, row: Observation) -> Listening | None:
        """Return how to hear a channel again; None where it is none, or nobody said how."""
        facts = self._streams.get((row.operation, row.path)) if row.method == SUBSCRIBE else None
        if facts is None or facts.subscribe is None or len(facts.subscribe) > MOST:
            return None
        url = facts.url or ""
        return Listening(url if _SOCKET.fullmatch(url) else NO_SOCKET, facts.subscribe)

    def of(self, finding: Finding) -> Grounds:
        """Take the evidence of a finding apart."""
        if finding.location is not None:
            return Grounds(text=finding.evidence)
        evidence = finding.evidence or ""
        asked, arrow, answer = evidence.partition(" -> ")
        row = self._quoted.get(asked)
        if row is not None:
            # What follows the arrow is what the check saw; without one, what came back in general.
            return self._grounds(row, answer if arrow else said(row), None)
        row = self._first.get(finding.operation or "")
        if row is None or row.attempts == 0:
            return Grounds(text=finding.evidence)
        return self._grounds(row, None if evidence else said(row), finding.evidence)

    def _grounds(self, row: Observation, answer: str | None, text: str | None) -> Grounds:
        return Grounds(self.curl(row), self.channel(row), answer, text)


def _head(run: Run) -> str:
    header, variable = (run.key.header or "", run.key.variable or "") if run.key else ("", "")
    if not _HEADER.fullmatch(header) or not _VARIABLE.fullmatch(variable):
        return "curl "
    return f'curl -H "{header}: ${variable}" '


def _base(run: Run) -> str:
    base = (run.target.base_url or "").rstrip("/")
    return base if _BASE.fullmatch(base) else NO_BASE
