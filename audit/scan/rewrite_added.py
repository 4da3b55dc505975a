"""Plans what must be sent today and an earlier call does not send: which value, and where it goes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from audit.scan.edits import Change, Draft, Left, copied, inserted, queried
from audit.scan.facts import Argument, Call, Function, Mapping, Span, Text
from audit.scan.pieces import flat, place_of
from audit.scan.reparse import Reading
from audit.scan.rewrite_job import CHOOSING, Job, default, sent_as
from audit.scan.source import Source
from audit.spec.operations import Parameter

Entries = Sequence[tuple[str, str]]

# Languages in which {"a": "b"} is a mapping, and those of them that write its keys without quotes.
_BRACED = {"python", "javascript", "typescript", "tsx", "vue", "dart", "json"}
_SCRIPTS = {"javascript", "typescript", "tsx", "vue"}
# What a call may be given beside a path without sending more parameters.
_ASIDE = {"headers", "header", "timeout", "signal", "method", "auth", "verify", "cache"}
# Functions that send an address as it stands.
_SENDERS = {"get", "fetch", "request", "urlopen", "Get", "GET", "ky", "axios", "got", "URL"}


class Adding:
    """Plans the newly required parameters of all uses of one file."""

    def __init__(self, draft: Draft, reading: Reading) -> None:
        self._draft = draft
        self._reading = reading
        self._source = reading.source
        self._language = reading.source.facts.language

    def plan(self, jobs: list[Job]) -> None:
        """Plan what is required now and not sent; what has no value or no plain place is left."""
        for job in jobs:
            told = [(one, job.moved.get(one.name) or default(job, one)) for one in missing(job)]
            names = ", ".join(parameter.name for parameter, _ in told)
            given = job.use.parameters
            bare = None if given.known else self._bare(job)
            if told and (given.open or not (given.known or bare)):
                if job.route is not None:
                    self._leave(job, f"{names} must be sent, and not all that is sent is in sight")
                continue
            chosen = [(parameter.name, value) for parameter, value in told if value is not None]
            for parameter, value in told:
                if value is None:
                    self._leave(job, f"{parameter.name} must be sent; somebody has to choose its value")
            change = self._place(job, chosen, bare) if chosen else None
            if change is not None:
                self._draft.changes.append(change)
                self._warn(job, told)
            elif chosen:
                self._leave(job, f"{names} must be sent, and there is no plain place for it")

    def _warn(self, job: Job, told: list[tuple[Parameter, str | None]]) -> None:
        """Say which values are only one to begin with: nobody but the reader knows what is meant."""
        for parameter, value in told:
            if value and parameter.role in CHOOSING and parameter.name not in job.moved:
                self._leave(
                    job, f"{parameter.name}={value} is sent to begin with; see that it is the one meant"
                )

    def _leave(self, job: Job, why: str) -> None:
        self._draft.left.append(Left(job.use.anchor, why))

    def _place(self, job: Job, chosen: Entries, bare: Call | None) -> Change | None:
        why = "required today: " + ", ".join(name for name, _ in chosen)
        given, raw = job.use.parameters, self._draft.raw
        if bare is not None:
            return self._beside(job, bare, chosen, why)
        holder = given.holder
        if holder is None:
            return (
                queried(raw, given.given, chosen, why)
                or self._keywords(job, chosen, why)
                or copied(raw, given.given, chosen, why)
            )
        if elsewhere(self._source, job, holder) or self._grows(holder):
            return None
        if holder.pairs:
            return inserted(raw, holder, chosen, why)
        if self._language in _BRACED and re.fullmatch(rb"\{\s*\}", raw[holder.span.start : holder.span.end]):
            old = raw[holder.span.start : holder.span.end]
            return Change(holder.span, old, self._mapping(chosen, b'"'), why)
        return None

    def _grows(self, holder: Mapping) -> bool:
        """Whether more is put into a mapping at once, later on: ``params.update(…)``."""
        grown = {
            (one.scope, (*one.target, "update")) for one in self._source.facts.assigns if one.value == holder
        }
        return any((self._reading.scope_of(call), call.callee) in grown for call in self._reading.calls)

    def _mapping(self, entries: Entries, quote: bytes) -> bytes:
        """Return a mapping as this language writes it."""
        key = b"" if self._language in _SCRIPTS else quote
        inside = b", ".join(
            key + name.encode() + key + b": " + quote + value.encode() + quote for name, value in entries
        )
        return b"{ " + inside + b" }" if self._language in _SCRIPTS else b"{" + inside + b"}"

    def _keywords(self, job: Job, chosen: Entries, why: str) -> Change | None:
        """Return the edit that adds arguments by name where all parameters are such: ``dict(a="b")``."""
        given = job.use.parameters.given
        calls = [self._reading.keywords.get(p.name_span.start) if p.name_span else None for p in given]
        call = calls[-1] if calls else None
        if self._language != "python" or call is None or any(one is not call for one in calls):
            return None
        if call.callee[-1:] != ("dict",) and not self._functions(call):
            return None
        named = [argument.value for argument in call.arguments if argument.name]
        texts = [value for value in named if isinstance(value, Text)]
        quote = self._draft.raw[texts[-1].quoted.start : texts[-1].span.start] if texts else b'"'
        at = named[-1].quoted.end if isinstance(named[-1], Text) else named[-1].span.end
        new = b"".join(b", " + n.encode() + b"=" + quote + v.encode() + quote for n, v in chosen)
        return Change(Span(at, at), b"", new, why)

    # Calls that send nothing so far.

    def _bare(self, job: Job) -> Call | None:
        """Return the call of a path that sends no parameter; None where it may well send some."""
        call, given = job.use.call, job.use.parameters
        if call is None or not call.callee or given.given or given.open or self._language not in _BRACED:
            return None
        if any(one.target[-1:] == ("params",) and len(one.target) > 1 for one in self._source.facts.assigns):
            return None  # a session that sends parameters of its own with every call
        beside = [argument for argument in call.arguments if not self._bears(argument, job)]
        quiet = call.callee[-1] == "fetch" or all(map(_aside, beside))
        return call if quiet and len(beside) < len(call.arguments) else None

    def _bears(self, argument: Argument, job: Job) -> bool:
        """Whether an argument is, or comes to, the path."""
        span, anchor = argument.value.span, job.use.anchor
        if span.start <= anchor.start and anchor.end <= span.end:
            return True
        texts = self._source.resolver.texts(argument.value, self._reading.scope_of(argument.value))
        return any(job.use.path in flat(pieces) for pieces in texts)

    def _functions(self, call: Call) -> list[Function]:
        """Return the functions of this file that a call may mean: ``requests.get`` is none of them."""
        imports = self._source.facts.imports
        if len(call.callee) > 1 and any(call.callee[0] in (one.module, *one.names) for one in imports):
            return []
        return [one for one in self._source.facts.functions if call.callee[-1] == one.name]

    def _beside(self, job: Job, call: Call, chosen: Entries, why: str) -> Change | None:
        """Return the edit that gives parameters to a call that sends none."""
        here = self._functions(call)
        if not here:
            return self._behind(job, chosen, why) if call.callee[-1] in _SENDERS else None
        (function, *others) = here
        body = self._draft.raw[function.span.start : function.span.end].decode("utf-8", "replace")
        if others or any(re.search(rf"\b{re.escape(name)}\b", body) for name, _ in chosen):
            return None
        takes = [one.name for one in function.parameters if one.name not in ("self", "cls")]
        index = next((i for i, name in enumerate(takes) if re.search(r"(?i)param|query", name)), None)
        if index is None:
            # A wrapper that only puts the path behind its base sends a query with it.
            plain = re.search(r"(?i)param|query|search|\?", body) is None
            return self._behind(job, chosen, why) if plain else None
        return self._argument(call, takes[index], index, chosen, why)

    def _argument(self, call: Call, name: str, index: int, chosen: Entries, why: str) -> Change | None:
        raw = self._draft.raw
        last = call.arguments[-1].value
        end = last.quoted.end if isinstance(last, Text) else last.span.end
        closing = raw[end : call.span.end]
        if re.fullmatch(rb"\s*\)", closing) is None or any(one.name == name for one in call.arguments):
            return None
        quote = raw[end - 1 : end] if raw[end - 1 : end] in (b'"', b"'") else b'"'
        mapping = self._mapping(chosen, quote)
        if self._language == "python":
            mapping = name.encode() + b"=" + mapping
        elif index != len(call.arguments):
            return None
        return Change(Span(end, end), b"", b", " + mapping, why)

    def _behind(self, job: Job, chosen: Entries, why: str) -> Change | None:
        """Return the edit that puts a query behind the path, where its literal ends with it."""
        place = job.use.path_span
        if place is None:
            found = self._reading.pieces_of(job.use)
            if found is None:
                return None
            pieces, at = found
            end = at + len(job.use.path)
            place = place_of(pieces, end - 1, end) if end == len(flat(pieces)) else None
        if place is None or self._draft.raw[place.end : place.end + 1] not in (b'"', b"'", b"`"):
            return None
        query = "&".join(f"{name}={value}" for name, value in chosen)
        return Change(Span(place.end, place.end), b"", b"?" + query.encode(), why)


def _aside(argument: Argument) -> bool:
    """Whether an argument sends no parameters: headers, a time-out."""
    if argument.name is not None:
        return argument.name.lower() in _ASIDE
    value = argument.value
    return isinstance(value, Mapping) and all((pair.key or "").lower() in _ASIDE for pair in value.pairs)


def missing(job: Job) -> list[Parameter]:
    """Return what an operation requires and a use does not send."""
    sent = {sent_as(job.params, param.name) for param in job.use.parameters.given}
    return [
        parameter
        for parameter in job.operation.parameters
        if (parameter.required or parameter.name in job.moved) and parameter.name not in sent
    ]


def elsewhere(source: Source, job: Job, holder: Mapping) -> bool:
    """Whether a mapping serves another operation as well."""
    return any(use.parameters.holder == holder and use.path != job.use.path for use in source.relied.uses)
