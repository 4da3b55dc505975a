"""Turns the text of one YAML file into data: JSON values alone, no key twice, nested within bounds."""

from __future__ import annotations

from typing import Any

import yaml

from audit.errors import SpecError
from audit.spec.documents import MAX_DEPTH

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]  # the base is chosen at run time: C where it is built in
    """Safe YAML that refuses a key given twice (the second would silently win) or that is not text."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        for key in mapping:
            if not isinstance(key, str):
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} is not text; put it in quotes", node.start_mark
                )
        if len(mapping) != len(node.value):
            seen: set[Any] = set()
            for key_node, _ in node.value:
                key = key_node.value
                if key in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"the key {key!r} is given twice", key_node.start_mark
                    )
                seen.add(key)
        return mapping


# YAML 1.1 would read 2026-11-20 as a date object; every scalar here is JSON.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in _Base.yaml_implicit_resolvers.items()
}


def parse(name: str, raw: bytes) -> Any:
    """Return the tree of a file; raises SpecError with file and line."""
    try:
        _bound_depth(name, raw)
        return yaml.load(raw, Loader=_Loader)  # noqa: S506 - a subclass of the safe loader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        problem = getattr(error, "problem", None) or f"not YAML in UTF-8 ({getattr(error, 'reason', error)})"
        raise SpecError(f"{where}: {problem}") from None
    except (UnicodeDecodeError, ValueError) as error:
        raise SpecError(f"{name}: not YAML in UTF-8 ({error})") from None


def _bound_depth(name: str, raw: bytes) -> None:
    """Refuse deep nesting before a tree is built: the C loader recurses and would take the process down."""
    depth = 0
    for event in yaml.parse(raw, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                line = event.start_mark.line + 1 if event.start_mark else 0
                raise SpecError(f"{name}:{line}: nested deeper than {MAX_DEPTH} levels; flatten it")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
