"""Operations and channels by patterns over their names: a pattern may mean either."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from audit.errors import UsageError, unknown
from audit.spec.catalog import Spec
from audit.spec.operations import Operation

if TYPE_CHECKING:
    from audit.spec.channels import Channel


def select(spec: Spec, patterns: Sequence[str]) -> tuple[tuple[Operation, ...], tuple[Channel, ...]]:
    """Return the operations and the channels that match any pattern, all of them where none is given.

    Raises UsageError for a pattern that fits neither.
    """
    known = spec.stream.channels if spec.stream else {}
    for pattern in patterns:
        if not (fits(pattern, spec.operations) or fits(pattern, known)):
            if not known:
                spec.select((pattern,))
            if any(sign in pattern for sign in "*?["):
                raise UsageError(
                    f"no operation and no channel matches {pattern!r}; `spec list` shows their names"
                )
            raise unknown("operation or channel", pattern, [*known, *spec.operations])
    named = tuple(pattern for pattern in patterns if fits(pattern, spec.operations))
    operations = spec.select(named) if named or not patterns else ()
    return operations, spec.stream.select(patterns) if spec.stream else ()


def find(spec: Spec, name: str) -> Operation | Channel | None:
    """Return the operation or the channel of a name, None where neither is described."""
    return spec.operations.get(name) or (spec.stream.channels.get(name) if spec.stream else None)


def fits(pattern: str, names: Iterable[str]) -> bool:
    """Whether any name matches a pattern."""
    return any(fnmatchcase(name, pattern) for name in names)
