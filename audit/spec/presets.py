"""Presets: small sign-offs with a purpose, and the runbook that closes their page. Data in presets.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, Strict, ValidationError

from audit.errors import SpecError, UsageError, unknown
from audit.model import Verdict
from audit.spec.documents import Documents

FILE = "presets.yaml"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Advised(_Strict):
    """How a refusal shows, what it means, and what to do about it."""

    sign: str
    meaning: str
    action: str


class Ranking(_Strict):
    """A list of coins: which field names the coin, and which one, largest first, ranks it."""

    operation: str
    coin: str
    by: str
    params: dict[str, str] = Field(default_factory=dict)


class Preset(_Strict):
    """What a preset asks; with ``each_coin`` for several coins, else for ``symbol``."""

    title: str
    about: str
    operations: list[str] = Field(min_length=1)
    symbol: str | None = None
    exchange: str | None = None
    interval: str | None = None
    each_coin: bool = Field(default=False, alias="each-coin")
    ranking: Ranking | None = None


class Presets(_Strict):
    """All presets of a description by name; ``runbook`` says how each refusal shows and what to do."""

    presets: dict[str, Preset] = Field(default_factory=dict)
    runbook: dict[Annotated[Verdict, Strict(False)], Advised] = Field(default_factory=dict)

    def get(self, name: str) -> Preset:
        """Return a preset by name; raises UsageError with the right ones."""
        if not self.presets:
            raise UsageError(f"unknown preset {name!r}; the description has none")
        if name not in self.presets:
            raise unknown("preset", name, list(self.presets))
        return self.presets[name]


def load_presets(folder: Path) -> Presets:
    """Read the presets of a description, none where it has no such file; raises SpecError with the place."""
    documents = Documents(folder)
    return read_presets(documents.read(FILE)) if documents.has(FILE) else Presets()


def read_presets(tree: object) -> Presets:
    """Build the presets from the tree of the file; raises SpecError naming the first fault."""
    if not isinstance(tree, Mapping):
        raise SpecError(f"{FILE}: expected a mapping with `presets`, found {type(tree).__name__}")
    try:
        return Presets.model_validate(tree)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = "/".join(map(str, first["loc"])) or "the file"
        raise SpecError(
            f"{FILE}: {place}: {first['msg'][:1].lower()}{first['msg'][1:]}; correct it"
        ) from None
