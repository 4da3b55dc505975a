"""Asking one request at a time: the client of a target, and an asker that sends through it."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TypeVar

from audit.client.http import Client
from audit.client.pacing import Pacer
from audit.jobs.about import USER_AGENT
from audit.jobs.settings import Aim, Settings
from audit.probe.asker import Asker, Inspect
from audit.spec.catalog import Spec

C = TypeVar("C", bound=Client)


def connect(
    make: Callable[..., C], spec: Spec, settings: Settings, target: Aim, wall: Callable[[], float]
) -> C:
    """Return the client that ``make`` builds for a target, which may be the sandbox in this process.

    ``wall`` is the time in epoch seconds that the sandbox goes by.
    """
    app = None
    if target.in_process:
        from audit.sandbox.app import Sandbox

        app = Sandbox(spec, now=wall, seed=settings.seed, faults=settings.faults)
    return make(
        target.base_url,
        key=target.key,
        key_header=spec.provider.key_header,
        user_agent=USER_AGENT,
        timeout=settings.timeout,
        concurrency=1,
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
