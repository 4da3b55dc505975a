"""The stand-in server as an ASGI application: who may ask, in what order it refuses, what it answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from socket import socket
from typing import Literal
from urllib.parse import quote

from audit.errors import UsageError
from audit.model import Verdict
from audit.sandbox.answers import Answers
from audit.sandbox.clock import http_date
from audit.sandbox.damage import BODY_KINDS, Spoil
from audit.sandbox.faults import Fault, Strikes
from audit.sandbox.faults import check as check_faults
from audit.sandbox.limits import Counter, WindowKind
from audit.sandbox.market import Market
from audit.sandbox.outages import HEADER_KINDS, INSTEAD_KINDS, UNCOUNTED, Outage
from audit.sandbox.params import Refusal, check, read_query
from audit.sandbox.series import interval_of
from audit.sandbox.stream import Delivered, Streams, StreamSession
from audit.sandbox.stream_line import Decline
from audit.sandbox.wire import Headers, Line, Receive, Reply, Scope, Send, Sleep, encode, json_reply
from audit.spec.catalog import Spec
from audit.spec.channels import Stream
from audit.spec.expectations import expect
from audit.spec.operations import Operation

Statuses = Literal["lying", "matching"]
GENEROUS_LIMIT = 6000  # requests a window where the plan publishes no limit


@dataclass(frozen=True)
class Holder:
    """Whose key it is: a plan's name, or None for a key without one."""

    key: str
    plan: str | None
    expired: bool = False


class Sandbox:
    """Answers like the API that a description describes, from the description alone.

    Each request meets these gates in this order: path, method, faults that take the place of an
    answer, key missing, key unknown, rate, key expired or without plan, plan, parameters, exchange and
    pair, interval. ``lying`` sends refusals with status 200 and the real status in the body, but for
    answers marked ``always``; ``matching`` sends the real status.

    Channels are served beside requests, by a session for each connection.
    """

    def __init__(
        self,
        spec: Spec,
        *,
        now: Callable[[], float] = time.time,
        seed: int = 0,
        statuses: Statuses = "lying",
        window: WindowKind = "fixed",
        faults: Iterable[Fault | str] = (),
        enforce_limits: bool = True,
        sleep: Sleep = asyncio.sleep,
        on_push: Callable[[Delivered], None] | None = None,
    ) -> None:
        """Serve ``spec``; ``now`` tells epoch seconds, ``on_push`` hears of each message pushed.

        Raises UsageError for a fault that cannot strike.
        """
        self.spec = spec
        self.keys: Mapping[str, Holder] = _keys(spec)
        self._now = now
        self._sleep = sleep
        self._lying = statuses == "lying"
        self._enforce = enforce_limits
        self._counter = Counter(spec.provider.rate_limit.window, window)
        self._market = Market(spec)
        self._answers = Answers(spec, seed, self._market)
        self._answers.learn_pairs(now())
        channels = spec.stream.channels if spec.stream else ()
        self._strikes = Strikes(check_faults(faults, spec.operations, channels), seed)
        self._streams = self._make_streams(spec.stream, seed, on_push) if spec.stream else None
        self._connections = 0
        self._paths: dict[str, dict[str, Operation]] = {}
        for operation in spec.operations.values():
            self._paths.setdefault(operation.path, {})[operation.method] = operation

    def key(self, plan: str) -> str:
        """Return the key that stands for a plan; raises UsageError for a plan that is not known."""
        return self.spec.provider.sandbox_keys.plan.replace("{plan}", self.spec.ladder.get(plan).name)

    @property
    def has_channels(self) -> bool:
        """Whether there is anything to connect to."""
        return self._streams is not None

    def session(self) -> StreamSession:
        """Return who decides about one connection to channels; raises UsageError where there are none."""
        if self._streams is None:
            raise UsageError(f"{self.spec.title} describes no channels; its sandbox serves requests alone")
        self._connections += 1
        return StreamSession(self._streams, self._connections)

    async def dial(self) -> socket:
        """Return the client's end of a connection that is served on the running loop, non-blocking."""
        from audit.sandbox.stream_wire import dial

        return await dial(self.session())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection as ASGI 3 wants it."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "websocket":
            # Channels are served by ``session``, below ASGI, which cannot break a connection.
            await receive()
            await send({"type": "websocket.close", "code": 1000})
        else:
            await self._serve(Line(scope, receive, send, self._sleep))

    async def _serve(self, line: Line) -> None:
        path, method = str(line.scope["path"]), str(line.scope["method"]).upper()
        methods = self._paths.get(path)
        holder = self.keys.get(self._key_of(line) or "")
        now = self._now()
        if methods is None:
            await line.reply(self._refuse(Refusal("path"), self._headers(holder, now, "")))
            return
        allowed = _allowed(methods)
        operation = methods.get("GET" if method == "HEAD" else method)
        if operation is None:
            headers = [("Allow", allowed), *self._headers(holder, now, "")]
            if method == "OPTIONS":
                await line.reply(Reply(204, b"", headers))
            else:
                await line.reply(self._refuse(Refusal("method"), headers))
            return
        for kind in self._strikes.at(INSTEAD_KINDS, operation.id, most=1):
            if holder is not None and kind not in UNCOUNTED:
                self._counter.take(holder.key, now, self._limit(holder) if self._enforce else None)
            await INSTEAD_KINDS[kind](self._outage(line, operation, holder, now))
            return
        await line.reply(self._answer(line, operation, holder, now))

    def _answer(self, line: Line, operation: Operation, holder: Holder | None, now: float) -> Reply:
        if holder is None:
            name = "key-wrong" if self._key_of(line) else "key-missing"
            return self._refuse(Refusal(name), self._headers(None, now, operation.id))
        limit = self._limit(holder) if self._enforce else None
        taken = self._counter.take(holder.key, now, limit)
        headers = self._headers(holder, now, operation.id)
        if not taken:
            return self._refuse(Refusal("rate"), headers)
        if holder.plan is None or (holder.expired and not self._is_account(operation)):
            return self._refuse(Refusal("plan"), headers)
        values, refusal = self._gates(line, operation, holder.plan)
        if refusal is not None:
            return self._refuse(refusal, headers)
        body = self._success(operation, values, holder, now)
        return json_reply(200, self._spoilt(body, operation, values), headers)

    def _success(
        self, operation: Operation, values: Mapping[str, str], holder: Holder | None, now: float
    ) -> dict[str, object]:
        """Return a success; somebody without a plan is served like the dearest."""
        plan = (holder.plan if holder else None) or self.spec.ladder.names[-1]
        if self._is_account(operation):
            return self._answers.account(operation, plan, now, holder is not None and holder.expired)
        return self._answers.body(operation, values, plan, now)

    def _is_account(self, operation: Operation) -> bool:
        account = self.spec.provider.account
        return account is not None and operation.id == account.operation

    def _gates(self, line: Line, operation: Operation, plan: str) -> tuple[dict[str, str], Refusal | None]:
        """Check plan, parameters, market and interval, in this order."""
        if not operation.allowed(self.spec.ladder, plan):
            return {}, Refusal("plan")
        values, refusal = check(operation, read_query(line.scope.get("query_string", b"")))
        refusal = refusal or self._market.check(operation, values)
        if refusal is not None:
            return values, refusal
        interval = interval_of(operation, values)
        if expect(operation, self.spec.ladder, plan, interval) is Verdict.INTERVAL_GATED:
            return values, Refusal("interval")
        return values, None

    def _spoilt(
        self, body: dict[str, object], operation: Operation, values: Mapping[str, str]
    ) -> dict[str, object]:
        for kind in self._strikes.at(BODY_KINDS, operation.id):
            BODY_KINDS[kind](
                Spoil(
                    body,
                    operation.schema,
                    operation.series,
                    self.spec.provider.envelope,
                    interval_of(operation, values),
                )
            )
        return body

    def _outage(self, line: Line, operation: Operation, holder: Holder | None, now: float) -> Outage:
        headers = self._headers(holder, now, operation.id)

        def success() -> bytes:
            values, _ = check(operation, read_query(line.scope.get("query_string", b"")))
            return encode(self._success(operation, values, holder, now))

        return Outage(
            line=line,
            refuse=lambda name: self._refuse(Refusal(name), headers),
            success=success,
            headers=headers,
            path=quote(operation.path),
        )

    def _make_streams(
        self, stream: Stream, seed: int, on_push: Callable[[Delivered], None] | None
    ) -> Streams:
        return Streams(
            stream=stream,
            ladder=self.spec.ladder,
            plans={holder.key: None if holder.expired else holder.plan for holder in self.keys.values()},
            refuse=self._decline,
            market=self._market,
            strikes=self._strikes,
            now=self._now,
            seed=seed,
            on_push=on_push,
        )

    def _decline(self, name: str) -> Decline:
        """Return one of the description's answers as a handshake gets it: with its own status."""
        answer = self.spec.refusals.answers[name]
        envelope = self.spec.provider.envelope
        body = encode({envelope.code: answer.code, envelope.messages[0]: answer.message})
        return Decline(answer.http, body, (("Content-Type", "application/json"),))

    def _refuse(self, refusal: Refusal, headers: Headers) -> Reply:
        answer = self.spec.refusals.answers[refusal.answer]
        message = answer.message
        for name, word in refusal.words.items():
            message = message.replace(f"{{{name}}}", word)
        envelope = self.spec.provider.envelope
        status = 200 if self._lying and not answer.always else answer.http
        return json_reply(status, {envelope.code: answer.code, envelope.messages[0]: message}, headers)

    def _headers(self, holder: Holder | None, now: float, operation: str) -> Headers:
        """Return the headers of every answer; a known key is told its limit and what it has used."""
        headers = [("Date", http_date(now))]
        if holder is None:
            return headers
        names = self.spec.provider.rate_limit
        headers.append((names.limit, str(self._limit(holder))))
        headers.append((names.used, str(self._counter.used(holder.key, now))))
        for kind in self._strikes.at(HEADER_KINDS, operation):
            headers = HEADER_KINDS[kind](headers, names.limit, names.used)
        return headers

    def _limit(self, holder: Holder) -> int:
        """Return the limit of a key; one without plan has that of the cheapest."""
        plan = self.spec.ladder.get(holder.plan) if holder.plan else self.spec.ladder.plans[0]
        return plan.requests_per_minute or GENEROUS_LIMIT

    def _key_of(self, line: Line) -> str | None:
        wanted = self.spec.provider.key_header.lower().encode()
        found = next((value for name, value in line.scope["headers"] if name.lower() == wanted), b"")
        return bytes(found).decode("latin-1").strip() or None


def _keys(spec: Spec) -> dict[str, Holder]:
    keys = spec.provider.sandbox_keys
    holders = [Holder(keys.plan.replace("{plan}", plan), plan) for plan in spec.ladder.names]
    holders.append(Holder(keys.expired, spec.ladder.names[0], expired=True))
    holders.append(Holder(keys.without_plan, None))
    return {holder.key: holder for holder in holders}


def _allowed(methods: Mapping[str, Operation]) -> str:
    return ", ".join([*methods, *(["HEAD"] if "GET" in methods else []), "OPTIONS"])


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
