"""Sends one request at a time slot, retries what may pass by itself, and writes down what came."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

from audit.client.answers import Outcome, Request
from audit.client.http import Client
from audit.client.pacing import Limits, Pacer
from audit.client.secret import Secret
from audit.errors import JournalError
from audit.model import Finding, Observation, Verdict
from audit.probe.asks import Ask
from audit.probe.journal import Journal
from audit.probe.reading import Reading, read
from audit.spec.catalog import Spec

MAX_ATTEMPTS = 3
MAX_RATE_ATTEMPTS = 6
LOST_IN_A_ROW = 6
# Seconds beyond the window of the limit that a stated wait is sat out; a longer one is about more than
# the rate (a quota, a ban), and the run can go on when it is over.
MAX_WAIT = 300.0

Inspect = Callable[[Ask, Observation, Reading, float], tuple[Finding, ...]]
Extract = Callable[[Ask, Reading], Mapping[str, Any]]
Listen = Callable[[Ask, Request, Outcome], None]


@dataclass(frozen=True)
class Result:
    """One answered request: what was seen, what is wrong with it, and facts for later requests.

    ``facts`` hold what the run itself needs to remember (the key's account, spellings, limit, ages);
    ``at`` is when the answer came, epoch seconds.
    """

    ask_id: str
    observation: Observation
    findings: tuple[Finding, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)
    at: float = 0.0

    def record(self) -> dict[str, Any]:
        """Return the result for the journal."""
        return {
            "observation": self.observation.model_dump(mode="json"),
            "findings": [finding.model_dump(mode="json") for finding in self.findings],
            "facts": dict(self.facts),
            "at": self.at,
        }


def restore(name: str, record: dict[str, Any]) -> Result:
    """Return a result that a journal kept."""
    return Result(
        name,
        Observation.model_validate(record["observation"]),
        tuple(Finding.model_validate(row) for row in record["findings"]),
        record.get("facts", {}),
        record.get("at", 0.0),
    )


class BrokenOffError(Exception):
    """Asking on makes no sense now; a later run may go on. Its text says what came, ``why`` what it means."""

    why: Literal["connection lost", "the wait is too long"]


class ConnectionLostError(BrokenOffError):
    """Several requests in a row got no answer at all; asking on would only fill the report with it."""

    why = "connection lost"


class LongWaitError(BrokenOffError):
    """The server wants to be left alone for longer than anybody would look at a progress bar."""

    why = "the wait is too long"


@dataclass
class Asker:
    """Everything that sending a request needs; ``results`` holds what has been answered, by ask id.

    ``listen`` hears each answer as it came. ``moment`` is what requests call now, in epoch seconds;
    without it that is the moment of sending.
    """

    spec: Spec
    client: Client
    pacer: Pacer
    secret: Secret | None
    journal: Journal | None
    inspect: Inspect
    extract: Extract
    wall: Callable[[], float]
    rng: random.Random
    listen: Listen | None = None
    moment: float | None = None
    worked: bool = False
    results: dict[str, Result] = field(default_factory=dict)
    lost: dict[str, Result] = field(default_factory=dict)
    _asking: dict[str, asyncio.Lock] = field(default_factory=dict)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _lost_in_a_row: int = 0

    def resume(self) -> int:
        """Take over what the journal of an unfinished run holds; return how many answers that is."""
        if self.journal is None:
            return 0
        for name, record in self.journal.records.items():
            try:
                result = restore(name, record)
            except (KeyError, TypeError, ValueError):
                raise JournalError(
                    f"{self.journal.path}: the record of {name!r} is damaged; start again without --resume"
                ) from None
            self._keep(result)
        return len(self.results)

    async def put(self, ask: Ask) -> Result:
        """Return the answer to one request, from the journal if it was answered before."""
        # The search for a floor may want what is being asked at this moment.
        async with self._asking.setdefault(ask.id, asyncio.Lock()):
            return self.results.get(ask.id) or await self._put(ask)

    async def _put(self, ask: Ask) -> Result:
        if ask.wrong:
            result = self._not_sent(ask)
        else:
            result = await self._answered(ask)
        if result.observation.verdict is Verdict.UNREACHABLE:
            # Not an answer: it is neither kept nor journaled, so that --resume asks again.
            self.lost[ask.id] = result
            self._lost_in_a_row += 1
            if self._lost_in_a_row >= LOST_IN_A_ROW:
                raise ConnectionLostError(result.observation.message or "no answer")
            return result
        self._lost_in_a_row = 0
        self.lost.pop(ask.id, None)
        self._keep(result)
        if self.journal is not None:
            self.journal.add(ask.id, result.record())
        return result

    def _keep(self, result: Result) -> None:
        self.results[result.ask_id] = result
        self.worked = self.worked or result.observation.verdict in (Verdict.AVAILABLE, Verdict.EMPTY)

    async def _answered(self, ask: Ask) -> Result:
        attempts = 0
        while True:
            attempts += 1
            request = ask.request(self.wall() if self.moment is None else self.moment)
            reading = await self._exchange(ask, request)
            if not self._again(reading, attempts):
                return self._result(ask, request, reading, attempts)
            if reading.verdict is not Verdict.RATE_LIMITED:
                # A refusal by rate is waited for by the pacer, for all requests alike.
                await asyncio.sleep(min(20.0, 0.5 * 2 ** (attempts - 1)) * self.rng.uniform(0.5, 1.5))

    def _again(self, reading: Reading, attempts: int) -> bool:
        if not reading.retry:
            return False
        most = MAX_RATE_ATTEMPTS if reading.verdict is Verdict.RATE_LIMITED else MAX_ATTEMPTS
        return attempts < most

    async def _exchange(self, ask: Ask, request: Request) -> Reading:
        loop = asyncio.get_running_loop()
        ticket = await self._wait_for_turn()
        answered = False
        try:
            outcome = await self.client.send(request)
            if self.listen is not None:
                self.listen(ask, request, outcome)
            reading = read(outcome, ask.operation, self.spec.provider, self.spec.refusals, self.worked)
            limits = Limits(reading.limit, reading.used, reading.server_time)
            if reading.verdict is Verdict.UNREACHABLE:
                self.pacer.lost(ticket, loop.time())
            elif reading.verdict is Verdict.RATE_LIMITED:
                self._check_wait(reading.retry_after or 0.0)
                self.pacer.refused(ticket, loop.time(), limits, reading.retry_after)
            else:
                self.pacer.answered(ticket, loop.time(), limits)
            answered = True
        finally:
            if not answered:
                self.pacer.lost(ticket, loop.time())
            self._changed.set()
        return reading

    def _check_wait(self, seconds: float) -> None:
        if seconds > self.spec.provider.rate_limit.window + MAX_WAIT:
            until = datetime.fromtimestamp(self.wall() + seconds, UTC)
            raise LongWaitError(f"the server asks to wait until {until:%Y-%m-%d %H:%M} UTC")

    async def _wait_for_turn(self) -> int:
        loop = asyncio.get_running_loop()
        async with self._turn:
            while (wait := self.pacer.delay(loop.time())) > 0:
                # An answer that arrives meanwhile may shorten the wait.
                self._changed.clear()
                try:
                    async with asyncio.timeout(min(wait, 3600.0)):
                        await self._changed.wait()
                except TimeoutError:
                    pass
            return self.pacer.sent(loop.time())

    def _result(self, ask: Ask, request: Request, reading: Reading, attempts: int) -> Result:
        now = self.wall()
        observation = Observation(
            operation=ask.operation.id,
            method=request.method,
            path=request.path,
            params=dict(request.params),
            interval=ask.interval,
            expected=ask.expected,
            verdict=reading.verdict,
            http_status=reading.http_status,
            code=reading.code,
            message=self._clean(reading.message),
            rows=reading.rows,
            bytes=reading.size,
            latency_ms=round(reading.seconds * 1000, 1),
            attempts=attempts,
        )
        findings = self.inspect(ask, observation, replace(reading, message=observation.message), now)
        return Result(
            ask.id, observation, tuple(map(self.cleaned, findings)), self.extract(ask, reading), now
        )

    def _not_sent(self, ask: Ask) -> Result:
        observation = Observation(
            operation=ask.operation.id,
            method=ask.operation.method,
            path=ask.operation.path,
            params=dict(ask.params),
            interval=ask.interval,
            expected=ask.expected,
            verdict=Verdict.BAD_REQUEST,
            message=ask.wrong,
            attempts=0,
        )
        reading = Reading(Verdict.BAD_REQUEST, "not-sent", False, message=ask.wrong)
        return Result(
            ask.id, observation, self.inspect(ask, observation, reading, self.wall()), {}, self.wall()
        )

    def cleaned(self, finding: Finding) -> Finding:
        """Return a finding with the key taken out."""
        told = {"message": self._clean(finding.message), "evidence": self._clean(finding.evidence)}
        return finding.model_copy(update=told)

    def _clean(self, text: str | None) -> str | None:
        return self.secret.redact(text) if text and self.secret else text
