"""An application that answers from a script, and an asker that asks it on a clock without waiting."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from audit.client.http import Client
from audit.client.pacing import Pacer
from audit.client.secret import Secret
from audit.client.virtual_time import run_virtual
from audit.model import Finding, Observation
from audit.probe.asker import Asker
from audit.probe.asks import Ask, ask
from audit.probe.journal import Journal
from audit.probe.reading import Reading
from audit.spec.catalog import Spec

T = TypeVar("T")

KEY = "plainly-fake-key-0123456789"
BEGAN = 1_760_000_000.0


@dataclass(frozen=True)
class Says:
    """One answer: a status and a body, or a way of not answering."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    instead: str | None = None


def refusal(code: str, words: str, status: int = 200) -> Says:
    return Says(status, {"code": code, "msg": words})


GOOD = Says(body={"code": "0", "msg": "success", "data": [{"any": "row"}]})
EMPTY = Says(body={"code": "0", "data": []})
RATE = refusal("429", "Too many requests")
FAULT = refusal("500", "Server Error")
UPGRADE = refusal("401", "Upgrade plan")
WORDLESS = Says(401, {"code": "401"})
WRONG_KEY = refusal("400", "Invalid API key provided")
RESET = Says(instead="abort")
CUT = Says(instead="close")
NO_CONTENT = Says(204, b"")
EDGE = Says(403, b"<html><title>blocked</title>")
MISSING = refusal("404", "Endpoint not found.", 404)


class Script:
    """Says one answer after the other, the last one for ever; notes paths and moments."""

    def __init__(self, *says: Says, latency: float = 0.0) -> None:
        self.says: Sequence[Says] = says
        self.latency = latency
        self.paths: list[str] = []
        self.moments: list[float] = []

    def choose(self, path: str) -> Says:
        return self.says[min(len(self.paths) - 1, len(self.says) - 1)]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.paths.append(scope["path"])
        self.moments.append(asyncio.get_running_loop().time())
        chosen = self.choose(scope["path"])
        await asyncio.sleep(self.latency)
        connection = scope["extensions"]["audit.connection"]
        if chosen.instead == "abort":
            connection["abort"]()
            return
        body = chosen.body if isinstance(chosen.body, bytes) else json.dumps(chosen.body).encode()
        headers = [(name.lower().encode(), value.encode()) for name, value in chosen.headers.items()]
        await send({"type": "http.response.start", "status": chosen.status, "headers": headers})
        if chosen.instead == "close":
            await send({"type": "http.response.body", "body": b'{"code":', "more_body": True})
            connection["close"]()
            return
        await send({"type": "http.response.body", "body": body})

    @property
    def gaps(self) -> list[float]:
        """Seconds between one request and the next."""
        return [later - earlier for earlier, later in zip(self.moments, self.moments[1:], strict=False)]


def no_findings(ask: Ask, observation: Observation, reading: Reading, now: float) -> tuple[Finding, ...]:
    return ()


def no_facts(ask: Ask, reading: Reading) -> Mapping[str, Any]:
    return {}


def asking(
    spec: Spec,
    app: Script,
    job: Callable[[Asker], Awaitable[T]],
    *,
    journal: Journal | None = None,
    seed: int = 1,
    concurrency: int = 8,
    **other: Any,
) -> T:
    """Run a job with an asker on a clock that jumps over waiting."""

    async def main() -> T:
        loop = asyncio.get_running_loop()
        secret = Secret(KEY)
        opened = Client(
            "http://127.0.0.1", key=secret, key_header=spec.provider.key_header, user_agent="test/1", app=app
        )
        rng = random.Random(seed)
        async with opened:
            asker = Asker(
                **{
                    "spec": spec,
                    "client": opened,
                    "pacer": Pacer(window=60.0, rng=rng, concurrency=concurrency),
                    "secret": secret,
                    "journal": journal,
                    "inspect": no_findings,
                    "extract": no_facts,
                    "wall": lambda: BEGAN + loop.time(),
                    "rng": rng,
                    **other,
                }
            )
            return await job(asker)

    return run_virtual(main())


def row(spec: Spec, name: str = "futures_open_interest_history", plan: str = "standard") -> Ask:
    return ask(spec, spec.operations[name], plan)


def some(spec: Spec, count: int) -> list[Ask]:
    """Requests to different operations."""
    return [row(spec, name) for name in list(spec.operations)[:count]]
