"""The pytest plugin: options, a marker and a fixture; it loads nothing and does nothing unless asked to.

Every pytest of the environment imports this file, so it imports next to nothing itself. Names begin with
the first part of the tool's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from audit import NAME

if TYPE_CHECKING:
    from audit.contract.session import Replay

PREFIX = NAME.partition("-")[0]
EVERY_PLAN = "all"


def option(config: pytest.Config, name: str) -> object:
    """Return the value of one of this plugin's options."""
    return config.getoption(f"--{PREFIX}-{name}")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer the options, each with the tool's prefix."""
    group = parser.getgroup(NAME, "contract tests from recorded answers")

    def add(name: str, help_text: str, **settings: object) -> None:
        group.addoption(f"--{PREFIX}-{name}", help=help_text, **settings)

    add("plan", f"Run the contract suite of this plan, or of `{EVERY_PLAN}`; may be given several times.",
        action="append", default=[], metavar="NAME")  # fmt: skip
    add(
        "cassettes",
        "Folder of the cassettes (default: ./cassettes, else the shipped ones).",
        metavar="DIR",
    )
    add("spec", "Description to test against (default: the shipped one).", metavar="DIR")
    add("only", "Test only operations whose name matches; may be given several times.",
        action="append", default=[], metavar="GLOB")  # fmt: skip
    add("max-age", "Oldest recording allowed, such as 90d.", metavar="SPAN")
    add("fail-on", "Least severe finding that fails a test (default: error).",
        choices=["error", "warning", "never"], default="error")  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker, and open the suite where a plan is asked for."""
    config.addinivalue_line(
        "markers",
        f"{PREFIX}(plan, group, operation): a contract test, to be selected with -m; "
        f"on a test of one's own, plan says what {PREFIX}_replay plays",
    )
    if option(config, "plan"):
        from audit.contract.session import Session

        config.pluginmanager.register(Session.of(config), f"{NAME}-session")


@pytest.fixture(name=f"{PREFIX}_replay")
def _replay(request: pytest.FixtureRequest) -> Iterator[Replay]:
    """Recorded answers to any HTTP client within the test; has base_url, plan, origin, misses, unused."""
    from audit.contract.session import replayed

    with replayed(request) as replay:
        yield replay
