"""A sandbox on a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from audit.sandbox.app import Sandbox
from audit.spec.catalog import Spec
from tests.sandbox.asgi import NOW


@pytest.fixture
def sandbox(spec: Spec) -> Callable[..., Sandbox]:
    """Make a sandbox whose clock stands at NOW unless told otherwise."""

    def make(**options: Any) -> Sandbox:
        return Sandbox(spec, **{"now": lambda: NOW, **options})

    return make
