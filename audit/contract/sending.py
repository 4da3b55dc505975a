"""Sends recorded requests through the tool's own client while a library takes the place of the network."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from audit import NAME, __version__
from audit.client.answers import Outcome, Request
from audit.client.http import Client
from audit.contract.cassette import Interaction
from audit.contract.player import playing
from audit.contract.replay import Library
from audit.contract.suite import Send
from audit.spec.catalog import Spec


@contextmanager
def sending(spec: Spec, libraries: Mapping[str, Library]) -> Iterator[Send]:
    """Give a function that plays an answer, until the end of the block.

    All requests share one client, one TLS context and one replacement of the network; from one request to
    the next only the library behind it changes.
    """
    header, agent = spec.provider.key_header, f"{NAME}/{__version__}"
    loop = asyncio.new_event_loop()
    try:
        with playing(next(iter(libraries.values()))) as tape:
            client = Client(spec.provider.base_url, key=None, key_header=header, user_agent=agent)

            def send(plan: str, row: Interaction) -> Outcome:
                tape.library = libraries[plan]
                asked = row.request
                request = Request(asked.method, asked.path, tuple(asked.params.items()))
                return loop.run_until_complete(client.send(request))

            try:
                yield send
            finally:
                loop.run_until_complete(client.__aexit__(None, None, None))
    finally:
        loop.close()
