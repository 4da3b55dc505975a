"""Needs made for tests: all that is documented of an operation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from audit.contract.consumer import OPTIONAL, Need
from audit.contract.consumer_promise import Documented, documented, spelled
from audit.probe.asks import ask
from audit.spec.catalog import Spec
from audit.spec.operations import Operation


def as_documented(spec: Spec, operation: Operation, now: float) -> Need:
    """The ordinary request of an operation, and every field of its answer; ``now`` in epoch seconds."""
    data = operation.schema["properties"].get(spec.provider.envelope.data, {})
    fields = {}
    for path in paths(data["items"] if data.get("type") == "array" else data):
        found = documented(spec, operation, path)
        assert isinstance(found, Documented), (operation.id, path, found)
        fields[path + OPTIONAL * found.optional] = spelled(found.kinds)
    request = ask(spec, operation, spec.ladder.names[-1]).request(now)
    return Need(operation=operation.id, params=dict(request.params), fields=fields)


def paths(schema: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Every field below a schema, as a need spells it; ``Binance`` stands for the names of an open map."""
    if path:
        yield path
    for name, inside in schema.get("properties", {}).items():
        yield from paths(inside, f"{path}.{name}" if path else name)
    if isinstance(schema.get("additionalProperties"), Mapping):
        yield from paths(schema["additionalProperties"], f"{path}.Binance" if path else "Binance")
    for place, inside in enumerate(schema.get("prefixItems", ())):
        yield from paths(inside, f"{path}[{place}]")
    if "items" in schema and "prefixItems" not in schema:
        yield from paths(schema["items"], f"{path}[]")
