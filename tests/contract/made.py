"""Cassettes made for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from audit.contract.cassette import Answered, Asked, Cassette, Interaction, dump, file_name
from audit.contract.sealed import Origin
from audit.model import SpecFacts, Target, TargetKind, Tool

RECORDED_AT = datetime(2026, 11, 20, tzinfo=UTC)
SANDBOX = Target(kind=TargetKind.SANDBOX, base_url="in-process sandbox")


def interaction(operation: str = "one", path: str = "/v9/one", **changes: Any) -> Interaction:
    """An interaction; ``params`` belong to the request, everything else to the answer."""
    params = changes.pop("params", {"limit": "3"})
    answer: dict[str, Any] = {"status": 200, "body": {"code": "0", "data": [1, 2]}, **changes}
    return Interaction(
        operation=operation,
        request=Asked(method="GET", path=path, params=params),
        response=Answered(**answer),
    )


def cassette(*rows: Interaction, **about: Any) -> Cassette:
    """A cassette of a sandbox on the plan ``standard``, unless told otherwise."""
    origin: dict[str, Any] = {
        "target": SANDBOX,
        "plan": "standard",
        "group": "some/group",
        "recorded_at": RECORDED_AT,
        "tool": Tool(name="coinglass-audit", version="0.1.0"),
        "spec": SpecFacts(title="T", version="1", sha256="0" * 64, operations=2),
        **about,
    }
    return Cassette(about=Origin(**origin), interactions=rows or (interaction(),))


def written(folder: Path, made: Cassette | None = None, text: str | None = None) -> Path:
    """Put a cassette where it belongs below a folder, or other text in its place."""
    made = made or cassette()
    path = folder / made.about.plan / file_name(made.about.group)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dump(made) if text is None else text, encoding="utf-8")
    return path
