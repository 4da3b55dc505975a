"""For each rule something that fails it, as code or as a command. Data in rules.yaml of a description."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, model_validator

from audit.errors import SpecError
from audit.spec.documents import Documents

FILE = "rules.yaml"
SERVED = "{served}"


class Failure(BaseModel):
    """Code in a file of this name, judged on ``plan``; or a command, with ``key`` as the key."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    code: str | None = None
    file: str | None = None
    plan: str | None = None
    command: str | None = None
    key: str | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Failure:
        if (self.code is None) == (self.command is None) or (self.code is None) != (self.file is None):
            raise ValueError("give code and its file, or a command")
        return self


def load_failures(folder: Path) -> Mapping[str, Failure]:
    """Read what fails each rule, nothing where the description has no such file; raises SpecError."""
    documents = Documents(folder)
    if not documents.has(FILE):
        return {}
    tree = documents.read(FILE)
    try:
        return TypeAdapter(dict[str, Failure]).validate_python(
            tree.get("examples") if isinstance(tree, dict) else tree
        )
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = "/".join(map(str, first["loc"])) or "examples"
        raise SpecError(
            f"{FILE}: {place}: {first['msg'].removeprefix('Value error, ')}; correct it"
        ) from None
