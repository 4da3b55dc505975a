"""Parameters that are put to a request after its path: in a chain of calls, or into what holds it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import replace

from audit.scan.facts import Assign, Call, Facts, Name, Span, Value
from audit.scan.parameters import Parameters, from_chain, from_entries, from_value
from audit.scan.strings import Resolver
from audit.scan.uses import Use

_CHAINED = frozenset(
    {"query", "queryParam", "queryParams", "addQueryParameter", "setQueryParam", "searchParams",
     "SetQueryParam", "SetQueryParams", "AddQueryParameter", "AddParameter", "addParameter"}
)  # fmt: skip
_HELD = frozenset({"searchParams", "Query", "query_pairs_mut", "queryParameters"})
_QUERIES = frozenset({"query", "Query", "RawQuery", "search"})


def attach(uses: list[Use], facts: Facts, resolver: Resolver, calls: Iterable[tuple[Call, int]]) -> list[Use]:
    """Return the uses with what is put to their requests later on; ``calls`` are all calls of the file."""
    later = [*_chains(calls, resolver), *_entries(facts, resolver), *_queries(facts, resolver)]
    spans = [(span, index) for index, use in enumerate(uses) for span in _places(use)]
    spans.sort(key=lambda entry: entry[0].start)
    starts = [span.start for span, _ in spans]
    found = list(uses)
    for place, given in later:
        inside = spans[bisect_left(starts, place.start) : bisect_right(starts, place.end)]
        for index in {index for span, index in inside if span.end <= place.end}:
            found[index] = replace(found[index], parameters=found[index].parameters.joined(given))
    return found


def _places(use: Use) -> list[Span]:
    return [use.anchor, *([use.call.span] if use.call else [])]


def _chains(calls: Iterable[tuple[Call, int]], resolver: Resolver) -> Iterator[tuple[Span, Parameters]]:
    for call, scope in calls:
        if call.callee and call.callee[-1] in _CHAINED:
            held = [call.receiver] if call.receiver else []
            if len(call.callee) == 2:
                held += resolver.values_of(Name(call.callee[:1], call.span), scope)
            for one in held:
                yield one.span, from_chain(call, resolver, scope)


def _entries(facts: Facts, resolver: Resolver) -> Iterator[tuple[Span, Parameters]]:
    """Yield what goes into the query of a URL or request that has a name: ``url.searchParams.set(…)``."""
    through = {
        assign.target: path[0] for assign in facts.assigns if (path := _held(assign.value)) is not None
    }
    for assign in facts.assigns:
        if assign.key is None and len(assign.target) == 1:
            holders = [target for target, name in through.items() if (name,) == assign.target]
            names = [*holders, *((*assign.target, word) for word in _HELD)]
            given = [
                entry for name in names for entry in _put(Name(name, assign.span), assign.scope, resolver)
            ]
            if given:
                yield assign.value.span, from_entries(given, resolver, assign.scope)


def _queries(facts: Facts, resolver: Resolver) -> Iterator[tuple[Span, Parameters]]:
    """Yield what is set as the whole query of a URL that has a name: ``uri.query = …``."""
    for given in facts.assigns:
        if len(given.target) > 1 and given.target[-1] in _QUERIES:
            parameters = from_value(given.value, resolver, given.scope)
            for assign in facts.assigns:
                if assign.target == given.target[:-1] and parameters.given:
                    yield assign.value.span, parameters


def _put(name: Name, scope: int, resolver: Resolver) -> list[Assign]:
    entries = resolver.entries_of(name, scope)
    return [entry for entry in entries if entry.target[-len(name.path) :] == name.path]


def _held(value: Value) -> tuple[str, ...] | None:
    """Return the chain of ``req.URL.Query()`` or ``url.searchParams``."""
    path = value.callee if isinstance(value, Call) and value.receiver is None else ()
    path = value.path if isinstance(value, Name) else path
    return path if len(path) > 1 and path[-1] in _HELD else None
