"""What can come back from a request, as a union of frozen facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Fault = Literal["timeout", "dns", "tls", "connect", "reset", "protocol"]
Flaw = Literal["truncated", "too large", "undecodable"]


@dataclass(frozen=True)
class Request:
    """One request to be sent below the base URL; ``params`` keep their order."""

    method: str
    path: str
    params: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Complete:
    """A whole answer. Header names are lower case; ``seconds`` run from sending to the last byte."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float


@dataclass(frozen=True)
class Spoilt:
    """An answer that began but whose body cannot be used; ``received`` bytes of it came."""

    status: int
    headers: Mapping[str, str]
    flaw: Flaw
    detail: str
    received: int
    seconds: float


@dataclass(frozen=True)
class Unanswered:
    """No answer came, or it broke off with the connection."""

    fault: Fault
    detail: str
    seconds: float


Outcome = Complete | Spoilt | Unanswered
