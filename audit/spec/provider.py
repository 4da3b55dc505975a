"""Facts about the provider that the program needs by role: host, key header, envelope, limits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from audit.errors import SpecError
from audit.spec.widths import seconds

_HEADER = re.compile(r"[A-Za-z0-9-]+")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Envelope:
    """Where an answer carries its outcome: field names in the body."""

    code: str
    success: str
    messages: tuple[str, ...]
    data: str


@dataclass(frozen=True)
class RateLimit:
    """Header names of the limit and of what is used, and the window's length in seconds."""

    limit: str
    used: str
    window: float


@dataclass(frozen=True)
class Account:
    """The operation that tells a key's plan, and the fields it tells it in."""

    operation: str
    level: str
    expires: str
    expired: str


@dataclass(frozen=True)
class Pairs:
    """An operation that lists which pairs each exchange has, for operations with ``prefix``."""

    operation: str
    prefix: str
    pair: str
    coin: str


@dataclass(frozen=True)
class SandboxKeys:
    """Keys that the stand-in server accepts; ``plan`` holds ``{plan}`` where the name goes."""

    plan: str
    expired: str
    without_plan: str


@dataclass(frozen=True)
class Provider:
    """Who is audited."""

    name: str
    base_url: str
    key_header: str
    key_variable: str
    path_prefix: str
    envelope: Envelope
    rate_limit: RateLimit
    account: Account | None
    pairs: tuple[Pairs, ...]
    intervals: tuple[str, ...]
    usual_plan: str
    sandbox_keys: SandboxKeys


def read_provider(root: dict[str, Any]) -> Provider:
    """Build the facts from the root document; raises SpecError naming what is missing."""
    try:
        extra = root["x-provider"]
        scheme = next(iter(root["components"]["securitySchemes"].values()))
        # Both become part of commands for a shell.
        if not (_HEADER.fullmatch(scheme["name"]) and _VARIABLE.fullmatch(extra["key-variable"])):
            raise SpecError("openapi.yaml: the key's header or its key-variable is no name of one")
        envelope, rate, keys = extra["envelope"], extra["rate-limit"], extra["sandbox-keys"]
        account = extra.get("account")
        return Provider(
            name=extra["name"],
            base_url=root["servers"][0]["url"].rstrip("/"),
            key_header=scheme["name"],
            key_variable=extra["key-variable"],
            path_prefix=extra.get("path-prefix", "/"),
            envelope=Envelope(
                envelope["code"], str(envelope["success"]), tuple(envelope["messages"]), envelope["data"]
            ),
            rate_limit=RateLimit(rate["limit"], rate["used"], float(seconds(rate["window"]))),
            account=Account(**account) if account else None,
            pairs=tuple(Pairs(**row) for row in extra.get("pairs", ())),
            intervals=tuple(extra.get("intervals", ())),
            usual_plan=extra["usual-plan"],
            sandbox_keys=SandboxKeys(keys["plan"], keys["expired"], keys["without-plan"]),
        )
    except (KeyError, IndexError, StopIteration, TypeError, AttributeError) as error:
        raise SpecError(
            f"openapi.yaml: servers, securitySchemes or x-provider is incomplete ({error!r}); "
            "the README beside it lists what is expected"
        ) from None
