"""The client of a target, and an asker that sends one request at a time through it."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from audit.client.http import App, Client
from audit.client.pacing import Pacer
from audit.jobs.about import USER_AGENT
from audit.jobs.settings import Aim, Settings
from audit.probe.asker import Asker, Inspect
from audit.spec.catalog import Spec

if TYPE_CHECKING:
    from audit.sandbox.app import Sandbox

C = TypeVar("C", bound=Client)


def own_sandbox(spec: Spec, settings: Settings, target: Aim, wall: Callable[[], float]) -> Sandbox | None:
    """Return the sandbox in this process, which goes by ``wall`` (epoch seconds); None for another target."""
    if not target.in_process:
        return None
    from audit.sandbox.app import Sandbox

    return Sandbox(spec, now=wall, seed=settings.seed, faults=settings.faults)


def connect(
    make: Callable[..., C], spec: Spec, settings: Settings, target: Aim, app: App | None, concurrency: int = 1
) -> C:
    """Return the client that ``make`` builds for a target; ``app`` is what answers in this process."""
    return make(
        target.base_url,
        key=target.key,
        key_header=spec.provider.key_header,
        user_agent=USER_AGENT,
        timeout=settings.timeout,
        concurrency=concurrency,
        app=app,
    )


def careful(
    spec: Spec, settings: Settings, target: Aim, client: Client, wall: Callable[[], float], inspect: Inspect
) -> Asker:
    """Return an asker that keeps no journal; ``inspect`` judges each answer as it comes."""
    rng = random.Random(settings.seed)  # noqa: S311 - jitter, not a secret
    return Asker(
        spec=spec,
        client=client,
        pacer=Pacer(window=spec.provider.rate_limit.window, rng=rng, concurrency=1),
        secret=target.key,
        journal=None,
        inspect=inspect,
        extract=lambda ask, reading: {},
        wall=wall,
        rng=rng,
    )
