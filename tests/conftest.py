"""Fixtures for all tests: the shipped description, read once; no test may reach beyond this machine."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from audit.client.base_url import is_loopback
from audit.spec.catalog import Spec, default_folder, load

REFERENCE = Path(__file__).resolve().parents[2] / "shared" / "reference"


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What is parsed during tests is kept in a folder of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def spec() -> Spec:
    """The description that ships with the tool."""
    return load(default_folder())


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that reaches for the network fails instead of depending on it."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not is_loopback(str(address[0])):
            raise AssertionError(f"a test reached for {address[0]}; tests run offline")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def sandbox_url(spec: Spec) -> Iterator[str]:
    """The base URL of a sandbox served on loopback, without limits that tests would have to wait for."""
    from audit.sandbox.app import Sandbox
    from audit.sandbox.server import running

    with running(Sandbox(spec, enforce_limits=False)) as base_url:
        yield base_url
