"""Requests made from the description by schemathesis: the ordinary ones, good ones and bad ones.

Schemathesis is used as a library through its public interface; it sends nothing itself. It is imported
when cases are made, not before.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from audit.contract.fuzz_demand import Demand, Pairs, Ruling, rule
from audit.probe.asks import ask
from audit.spec.catalog import Spec
from audit.spec.operations import Operation, Parameter
from audit.spec.strictness import MOMENTS

if TYPE_CHECKING:
    import schemathesis

# Its checks that need no second request; ours stands beside them.
_CHECKS = {
    "enabled": False,
    "content_type_conformance": {"enabled": True},
    "not_a_server_error": {"enabled": True},
    "response_schema_conformance": {"enabled": True},
}


@dataclass(frozen=True)
class Case:
    """One request: its parameters as sent, what they have a right to, and schemathesis' own view of it.

    ``meant`` is what schemathesis meant to make: ``ordinary`` (the example), ``positive`` or ``negative``.
    """

    operation: Operation
    meant: str
    pairs: tuple[tuple[str, str], ...]
    ruling: Ruling
    made: schemathesis.Case[Any]


def make_cases(
    spec: Spec, operations: Sequence[Operation], *, max_examples: int, seed: int, plan: str, now: float
) -> tuple[Case, ...]:
    """Make the cases of some operations, at most ``max_examples`` good and as many bad ones for each.

    The same description, seed and program make the same cases. They come in rounds, one case of each
    operation a round and the ordinary ones first, so that any number of them covers as much as it can.
    No request stands twice. ``now`` (epoch seconds) dates the moments in ordinary requests.
    """
    queues: list[list[Case]] = []
    # Operations with the same parameters would be given the same values again.
    drawn: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    with _library_kept_quiet():
        schema = _schema(spec)
        for operation in operations:
            described = schema[operation.path][operation.method]
            alike = json.dumps([_parameter(parameter) for parameter in operation.parameters])
            if alike not in drawn:
                drawn[alike] = _queries(described, max_examples, seed)
            request = ask(spec, operation, plan).request(now)
            cases: dict[Pairs, Case] = {}
            for meant, query in (("ordinary", dict(request.params)), *drawn[alike]):
                made = described.Case(query=deepcopy(query))
                pairs = wire(made.as_transport_kwargs(base_url=spec.provider.base_url)["params"])
                cases.setdefault(pairs, Case(operation, meant, pairs, rule(operation, pairs), made))
            queues.append(list(cases.values()))
    rounds = max(map(len, queues), default=0)
    return tuple(queue[turn] for turn in range(rounds) for queue in queues if turn < len(queue))


def wire(params: Any) -> tuple[tuple[str, str], ...]:
    """Return query parameters as they are sent: a list as the same name several times, nothing for None."""
    return tuple(
        (str(name), str(one))
        for name, value in (params or {}).items()
        for one in (value if isinstance(value, list | tuple | dict) else [value])
        if one is not None
    )


def _queries(
    described: schemathesis.APIOperation[Any, Any, Any, Any], most: int, seed: int
) -> list[tuple[str, dict[str, Any]]]:
    """Draw queries of both modes, in turns as far as each goes. Without parameters nothing can be bad."""
    from itertools import chain, zip_longest

    from schemathesis import GenerationMode

    drawn = [
        [(mode.value, case.query) for case in _draw(described.as_strategy(mode), most, seed)]
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
        if mode is GenerationMode.POSITIVE or described.query
    ]
    return [one for one in chain.from_iterable(zip_longest(*drawn)) if one is not None]


def _draw(strategy: Any, most: int, seed: int) -> list[Any]:
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import seed as seeded

    drawn: list[Any] = []
    chosen = settings(
        max_examples=most,
        # Nothing fails here, so nothing is shrunk, replayed or remembered.
        phases=[Phase.generate],
        database=None,
        deadline=None,
        derandomize=False,
        # They judge how a test draws its data; how schemathesis does is not ours to change.
        suppress_health_check=list(HealthCheck),
    )

    @seeded(seed)
    @chosen
    @given(strategy)
    def keep(case: Any) -> None:
        drawn.append(case)

    keep()
    return drawn


def _schema(spec: Spec) -> Any:
    import schemathesis

    # Without a configuration of our own it would look for one in the user's folder.
    config = schemathesis.Config.from_dict({"checks": _CHECKS})
    return schemathesis.openapi.from_dict(document(spec), config=config)


def document(spec: Spec) -> dict[str, Any]:
    """Return the description as one plain OpenAPI document, its extensions turned into schemas.

    An open name with an example becomes that example, so that good cases ask for what exists; a moment
    stays within its unit. There is no security scheme: the key is not for generating.
    """
    envelope = spec.provider.envelope
    refusal = {
        "type": "object",
        "required": [envelope.code],
        "properties": {
            envelope.code: {"type": ["string", "integer"], "not": {"const": envelope.success}},
            **{name: {"type": "string"} for name in envelope.messages},
        },
    }
    paths: dict[str, dict[str, Any]] = {}
    for operation in spec.operations.values():
        paths.setdefault(operation.path, {})[operation.method.lower()] = {
            "operationId": operation.id,
            "parameters": [_parameter(parameter) for parameter in operation.parameters],
            "responses": {"200": _response(_without_tuples(operation.schema)), "default": _response(refusal)},
        }
    return {"openapi": "3.1.0", "info": {"title": spec.title, "version": spec.version}, "paths": paths}


def _without_tuples(schema: Any) -> Any:
    """Return a schema for an answer; one with rows that are tuples says no more than that it is an object.

    Schemathesis 4 reads those in the manner of an older JSON Schema and then refuses its own result; our
    own check of the fields sees to them.
    """
    return {"type": "object"} if _has_tuples(schema) else schema


def _has_tuples(schema: Any) -> bool:
    if isinstance(schema, list):
        return any(map(_has_tuples, schema))
    return isinstance(schema, dict) and ("prefixItems" in schema or any(map(_has_tuples, schema.values())))


def _response(schema: Any) -> dict[str, Any]:
    return {"description": "An answer.", "content": {"application/json": {"schema": deepcopy(schema)}}}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    schema = deepcopy(dict(parameter.schema))
    if parameter.type == "string" and not parameter.choices and parameter.example is not None:
        schema["enum"] = [parameter.example]
    if parameter.time in MOMENTS:
        first, after = MOMENTS[parameter.time]
        schema = {"minimum": first, "maximum": after - 1, **schema}
    return {"name": parameter.name, "in": "query", "required": parameter.required, "schema": schema}


@contextmanager
def _library_kept_quiet() -> Iterator[None]:
    """Give hypothesis a folder of its own for what it remembers; the user's is none of its business."""
    from hypothesis.configuration import set_hypothesis_home_dir

    folder = tempfile.mkdtemp(prefix="audit-fuzz-")
    set_hypothesis_home_dir(folder)
    try:
        yield
    finally:
        set_hypothesis_home_dir(None)
        shutil.rmtree(folder, ignore_errors=True)


def counted(cases: Sequence[Case]) -> dict[str, int]:
    """Return how many cases must be answered (positive), must be refused (negative), or may be either."""
    names = {Demand.ANSWER: "positive", Demand.REFUSAL: "negative", Demand.EITHER: "either"}
    found = dict.fromkeys(names.values(), 0)
    for case in cases:
        found[names[case.ruling.demand]] += 1
    return found
