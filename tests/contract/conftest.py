"""Makes pytest run a suite that stands in a test file, with every socket refused while it runs."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from audit.contract.plugin import PREFIX
from audit.contract.session import ContractNode, Session
from audit.contract.suite import Suite
from audit.model import Severity


def pytest_configure(config: pytest.Config) -> None:
    # The plugin says so too, where the tool is installed rather than run from the checkout.
    config.addinivalue_line("markers", f"{PREFIX}(plan, group, operation): a contract test")


def pytest_pycollect_makeitem(collector: pytest.Collector, name: str, obj: object) -> pytest.Collector | None:
    if not isinstance(obj, Suite):
        return None
    # Unbroken cassettes give no finding at all, so even a note fails.
    return OfflineNode.from_parent(collector, name=name, suite=obj, session_of=Session(obj, Severity.NOTE))


class OfflineNode(ContractNode):
    """The tests of a suite, with the network cut off."""

    def setup(self) -> None:
        super().setup()
        self.patch = pytest.MonkeyPatch()
        for name in ("connect", "connect_ex", "sendto", "bind"):
            self.patch.setattr(socket.socket, name, refused)
        self.patch.setattr(socket, "getaddrinfo", refused)
        with pytest.raises(AssertionError, match="cut off"):
            socket.create_connection(("127.0.0.1", 9))

    def teardown(self) -> None:
        self.patch.undo()
        super().teardown()


def refused(*_: Any, **__: Any) -> None:
    raise AssertionError("the network is cut off; contract tests play what was recorded")
