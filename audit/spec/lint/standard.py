"""The part of the lint that is the OpenAPI standard's own: is it a valid 3.1 document?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from audit.spec.lint.draft import ROOT, Draft
from audit.spec.lint.problem import Problem

# With these a schema could lead the validator away from the document in memory.
LEADING_AWAY = ("$ref", "$dynamicRef", "$recursiveRef", "$id", "$schema", "$anchor", "$dynamicAnchor")
MAX_PROBLEMS = 50


def check(draft: Draft) -> Iterator[Problem]:
    """Validate the whole document, all references resolved beforehand, so no network is touched."""
    if not draft.root:
        return
    away = list(_leading_away(draft.root, ""))
    if away:
        for place in away[:MAX_PROBLEMS]:
            remedy = "write the schema out, or use a $ref to a place in a file of this folder"
            yield Problem(ROOT, place, f"{place.rpartition('/')[2]} is not used in a description", remedy)
        return
    entries = {entry.path: entry for entry in draft.entries}
    for path, message in _errors(draft.root):
        remedy = "write it as OpenAPI 3.1 wants it; text with a comma or colon needs quotes inside { }"
        entry = entries.get(path[1]) if len(path) > 1 and path[0] == "paths" else None
        if entry:
            yield entry.problem("/".join(path[3:]), f"not OpenAPI 3.1: {message}", remedy)
        else:
            yield Problem(ROOT, "/".join(path), f"not OpenAPI 3.1: {message}", remedy)


def _errors(root: dict[str, Any]) -> Iterator[tuple[list[str], str]]:
    """Place and message of each error of the standard's own validator."""
    from openapi_spec_validator import OpenAPIV31SpecValidator

    count = 0
    try:
        for error in OpenAPIV31SpecValidator(root).iter_errors():
            count += 1
            if count > MAX_PROBLEMS:
                return
            # Of the alternatives of an anyOf the one that came furthest is meant.
            inner = getattr(error, "context", None) or [error]
            message = str(max(inner, key=lambda one: len(one.absolute_path)).message).splitlines()[0]
            yield [str(step) for step in error.absolute_path], message
    except (AssertionError, AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        # The validator goes on past a wrong shape and trips over it; the shape has been reported then.
        if not count:
            yield [], f"the validator cannot go through it ({error!r})"


def _leading_away(tree: Any, place: str) -> Iterator[str]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key in LEADING_AWAY and not place.endswith("/properties"):
                yield f"{place}/{key}".lstrip("/")
            yield from _leading_away(value, f"{place}/{key}")
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            yield from _leading_away(value, f"{place}/{index}")
