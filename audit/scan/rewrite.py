"""Plans how a file that speaks an earlier version of the API is brought up to date.

Only what is certain is planned; everything else is told, with the reason. A place that several uses
share is edited once, and only where all of them want the same there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from audit.scan.atlas import HOLE
from audit.scan.edits import (
    Change,
    Draft,
    Edits,
    Left,
    apply,
    dirty,
    removed,
    shorthand,
    unified,
    write,
)
from audit.scan.facts import Span, Text
from audit.scan.parameters import Param
from audit.scan.pieces import place_of
from audit.scan.reparse import Reading, worse
from audit.scan.rewrite_added import Adding, elsewhere
from audit.scan.rewrite_fields import plan_fields
from audit.scan.rewrite_job import CHOOSING, PAIR, Job, Pairs
from audit.scan.rewrite_routes import Deciding, differing
from audit.scan.source import Source
from audit.scan.uses import HostUse, Use
from audit.spec.legacy import Route, Version
from audit.spec.legacy_params import ParamChange
from audit.spec.operations import Operation, Parameter
from audit.spec.widths import is_width, respelled

__all__ = ["Change", "Edits", "Left", "apply", "dirty", "plan_edits", "unified", "write"]

Meant = tuple[Use, Operation | None, Route | None]

_UNQUOTED_OK = {"yaml", "toml", "make"}
_QUOTING = {"javascript", "typescript", "tsx", "vue"}


def plan_edits(source: Source, meanings: Sequence[Meant]) -> Edits:
    """Return the edits of one file. ``meanings`` says of each use what it is and what replaces it."""
    plan = _Plan(source)
    jobs = plan.jobs(meanings)
    jobs, held = plan.family(jobs, meanings)
    for job in jobs:
        plan.path(job)
    # What goes with a path chosen from a table goes with the others as well.
    sole = [job for job in jobs if not job.use.chosen]
    for job in sole:
        plan.parameters(job)
    Adding(plan, plan.reading).plan(sole)
    plan_fields(plan, plan.reading, sole)
    stay = plan.hosts(held)
    plan.headers(held or stay or plan.nothing(jobs))
    plan.streams()
    return plan.edits(lambda after: worse(source, after))


class _Plan(Draft):
    def __init__(self, source: Source) -> None:
        super().__init__(source.raw)
        self.source = source
        self.atlas = source.atlas
        self.reading = Reading(source)
        self.pairs = Pairs(self.atlas.spec.operations.values())
        self._deciding = Deciding(self.atlas)
        self._stuck: dict[int, str] = {}  # by where a path begins that stays
        self._today: set[int] = set()  # by identity, the uses whose path is today's in the end
        self._prefix = self.atlas.spec.provider.path_prefix.rstrip("/")

    # What each use becomes.

    def jobs(self, meanings: Sequence[Meant]) -> list[Job]:
        """Decide on each use; what is not certain is left."""
        found = []
        for use, operation, route in meanings:
            if route is None:
                if operation is not None and use.certain:
                    found.append(self._deciding.current(use, operation))
                continue
            job, why = self._deciding.decided(use, operation, route, self._at_home(use))
            if job is None:
                self._stuck[use.anchor.start] = "what is asked of it cannot be rewritten"
                self.left.append(Left(use.anchor, f"{route.path}: {why}"))
            else:
                found.append(job)
        return found

    def _at_home(self, use: Use) -> bool:
        """Whether a use asks a host of the API: the file names no other."""
        named = {host.decode("latin-1").lower() for host in re.findall(rb"(?i)https?://([\w.-]+)", self.raw)}
        return use.host is not None and named <= self.atlas.hosts.keys()

    # Hosts of versions below another prefix, or of another service: all of it moves, or nothing does.

    def _moves(self, version: Version | None) -> bool:
        return (
            version is not None
            and not version.current
            and bool(version.url)
            and (version.prefix != self._prefix or not version.documented)
        )

    def family(self, jobs: list[Job], meanings: Sequence[Meant]) -> tuple[list[Job], str | None]:
        """Keep back every use below an earlier prefix where not all of them can be rewritten."""
        versions = self.atlas.legacy.versions
        hosts = [use for use in self.source.relied.hosts if self._far(use)]
        mine = [job for job in jobs if job.route and self._moves(versions.get(job.route.version))]
        sure = {id(job.use) for job in jobs}
        asked = {id(use): route for use, _, route in meanings}
        stuck = None
        for use in self.source.relied.uses:
            route = asked.get(id(use))
            far = (
                use.host is not None
                and not use.host.websocket
                and self._moves(versions.get(use.host.version))
            ) or (route is not None and self._moves(versions.get(route.version)))
            if far and id(use) not in sure:
                stuck = f"{use.path.replace(chr(0), '…')} cannot be rewritten, and shares its host"
        bases = [self._base(use) for use in hosts]
        if hosts and not mine and any(base != "url" for base in bases):
            stuck = (
                stuck or "nothing in this file is asked below it, so its paths cannot be rewritten with it"
            )
        if any(base == "odd" for base in bases):
            stuck = stuck or "a part of the prefix stands with the host"
        if any(job.bare for job in mine) and "prefix" not in bases:
            stuck = stuck or "the prefix of its paths stands elsewhere"
        if stuck is None or not (hosts or mine):
            return jobs, None
        if not hosts and not any(job.bare for job in mine):
            return jobs, None
        self.left += [Left(job.use.anchor, stuck) for job in mine]
        return [job for job in jobs if job not in mine], stuck

    def _far(self, use: HostUse) -> bool:
        return not use.host.websocket and self._moves(self.atlas.legacy.versions.get(use.host.version))

    def _base(self, use: HostUse) -> str:
        """Say what follows a host: nothing, a version's prefix alone, a whole path, or a part of a prefix."""
        rest = re.match(rb"[^\s\"'`<>?#,;)\]|\\${]*", self.raw[use.span.end : use.span.end + 300])
        tail = rest[0].decode("latin-1").rstrip("/") if rest else ""
        if not tail:
            return "host"
        if tail in self.atlas.prefixes:
            return "prefix"
        return "url" if any(tail.startswith(prefix + "/") for prefix in self.atlas.prefixes) else "odd"

    def hosts(self, held: str | None) -> str | None:
        """Put today's host in the place of earlier ones; say why where all of them stay for their paths."""
        named = [use for use in self.source.relied.hosts if not use.host.websocket]
        alone = self._alone()
        reason = "none of the paths asked of it could be rewritten"
        for use in named:
            if use.host.current:
                continue
            far = self._far(use)
            why = held if far else self._stuck.get(use.span.end)
            why = why or (reason if use.host.name in alone else None)
            if not use.host.documented:
                why = why or "it is no host of the API; what is asked of it is asked elsewhere, and otherwise"
            if why:
                self.left.append(Left(use.span, f"{use.text}: {why}"))
                continue
            new = re.sub(re.escape(use.host.name), self.atlas.current_host, use.text, flags=re.IGNORECASE)
            self.vote(use.span, use.text, new, f"{use.text} is {new} today")
            if far and self._base(use) == "prefix":
                rest = self.raw[use.span.end :]
                prefix = next(p for p in self.atlas.prefixes if rest.startswith(p.encode()))
                span = Span(use.span.end, use.span.end + len(prefix))
                self.vote(span, prefix, self._prefix, f"the prefix {prefix} is {self._prefix} today")
        return reason if named and all(use.host.name in alone for use in named) else None

    def streams(self) -> None:
        """Put the address of the stream in the place of one that certainly is none."""
        wrong = [one for one in self.source.heard.addresses if one.fault is not None]
        stream = self.atlas.stream if wrong else None
        if stream is None:
            return
        for one in wrong:
            why = f"the stream is at {stream.url}"
            if one.place is not None and one.certain:
                self.vote(one.place, one.url, stream.url, why)
            else:
                self.left.append(Left(one.anchor, f"{one.url.replace(HOLE, '…')}: {why}"))

    def _alone(self) -> set[str]:
        """Return the hosts whose every path stays as it is: moved without them, nothing would answer."""
        asked: dict[str, bool] = {}
        for use in self.source.relied.uses:
            if use.host is not None and not use.host.current:
                asked[use.host.name] = asked.get(use.host.name, False) or id(use) in self._today
        return {name for name, served in asked.items() if not served}

    def nothing(self, jobs: list[Job]) -> str | None:
        """Say so where a file asks nothing that is known: its header may be for anything."""
        known = jobs or any(not use.host.websocket for use in self.source.relied.hosts)
        return None if known else "no host of the API stands in this file"

    def headers(self, held: str | None) -> None:
        """Rename the header of the key; it goes with the host."""
        old, new = self.atlas.old_headers, self.atlas.key_header
        for span, name, text in sorted(set(self.reading.words()), key=lambda found: found[0].start):
            if name.lower() not in old:
                continue
            if new.lower() in self.reading.beside(span):
                self.left.append(Left(span, f"{name}: {new} is sent beside it; it can go"))
                continue
            quoted = self.raw[span.start - 1 : span.start] in (b'"', b"'", b"`") or text
            if held:
                self.left.append(Left(span, f"{name}: the host stays, so the header does ({held})"))
            elif quoted or self.source.facts.language in _UNQUOTED_OK:
                self.vote(span, name, new, f"the header {name} is {new} today")
            elif (
                self.source.facts.language in _QUOTING
                and self.raw[span.end : span.end + 3].lstrip()[:1] == b":"
            ):
                self.vote(span, name, f'"{new}"', f"the header {name} is {new} today")
            else:
                self.left.append(Left(span, f"{name}: {new} cannot be written without quotes here"))

    # Paths.

    def path(self, job: Job) -> None:
        """Plan the edit of a path where the part that differs stands in one literal."""
        use, why = job.use, f"{job.use.path} is {job.path} today"
        if use.path_span is not None:
            self.vote(use.path_span, use.path, job.path, why)
            self._today.add(id(use))
            return
        found = self.reading.pieces_of(use) if job.route is not None else None
        if job.route is None or use.path == job.path:
            self._today.add(id(use))
            return
        if found is not None:
            pieces, at = found
            for start, new in differing(use.path, job.path, [*self.atlas.prefixes], self._prefix):
                place = place_of(pieces, at + start, at + len(use.path))
                if place is not None:
                    self.vote(place, use.path[start:], new, why)
                    self._today.add(id(use))
                    return
        self.left.append(
            Left(use.anchor, f"{use.path}: put together from several pieces; it is {job.path} today")
        )

    # Parameters.

    def parameters(self, job: Job) -> None:
        """Plan the edits of names and values that a use sends."""
        accepted = {parameter.name: parameter for parameter in job.operation.parameters}
        told = job.use.parameters
        new = [
            f"{old} is {c.to or 'not sent'}"
            for old, c in job.params.items()
            if job.route and c.to not in job.moved and (c.to != old or c.value)
        ]
        if new and (told.open or not told.known):
            self.left.append(
                Left(job.use.anchor, f"what it sends is not all in sight; today {', '.join(new)}")
            )
        for param in job.use.parameters.given:
            change = job.params.get(param.name)
            if change is None and job.route is not None and param.name not in accepted:
                self._leave(job, param, "nobody says what becomes of it")
                continue
            if change is not None and change.to is None:
                self._drop(job, param)
                continue
            name = change.to if change is not None and change.to else param.name
            written = param.name if name == param.name else self._renamed(job, param, name)
            if written is None or not self._value(job, param, change, accepted.get(name)):
                continue
            if written != param.name and param.name_span is not None:
                self.vote(param.name_span, param.name, written, f"the parameter {param.name} is {name} today")

    def _renamed(self, job: Job, param: Param, name: str) -> str | None:
        """Return what stands in the place of a name; None where it cannot be renamed."""
        if param.name_span is None or any(one.name == name for one in job.use.parameters.given):
            self._leave(job, param, f"it is {name} today, and cannot be renamed here")
            return None
        call = self.reading.keywords.get(param.name_span.start)
        if call is not None and not self._free(call.callee, param.name):
            self._leave(job, param, f"it is {name} today, and a parameter of {'.'.join(call.callee)}")
            return None
        pair = self.reading.pairs.get(param.name_span.start)
        return f"{name}: {param.name}" if pair is not None and shorthand(pair) else name

    def _free(self, callee: tuple[str, ...], name: str) -> bool:
        """Whether a call takes any name: ``dict``, or a function of this file that does not list this one."""
        if callee and callee[-1] == "dict":
            return True
        here = [one for one in self.source.facts.functions if callee and one.name == callee[-1]]
        return bool(here) and not any(p.name == name for one in here for p in one.parameters)

    def _drop(self, job: Job, param: Param) -> None:
        holder = job.use.parameters.holder
        pair = next((p for p in holder.pairs if p.key_span == param.name_span), None) if holder else None
        if holder is not None and pair is not None and not elsewhere(self.source, job, holder):
            change = removed(self.raw, holder, pair, f"the parameter {param.name} is not sent today")
            if change is not None and self.raw[pair.span.start : pair.span.end].count(param.name.encode()):
                self.changes.append(change)
                return
        self._leave(job, param, "it is not sent any more")

    def _value(self, job: Job, param: Param, change: ParamChange | None, wanted: Parameter | None) -> bool:
        """Plan the edit of a value; whether the parameter can be sent under its new name afterwards."""
        if param.value is None:
            if change is None or change.value is None or "*" in change.value.table:
                return True
            how = change.value.how or "its spelling may have changed"
            why = f"it is {change.to} today, its value is only known when the program runs: {how}"
            return self._leave(job, param, why)
        return self._literal(job, param, change, wanted, param.value)

    def _literal(
        self, job: Job, param: Param, change: ParamChange | None, wanted: Parameter | None, old: str
    ) -> bool:
        new = self._converted(job, param, change, wanted, old)
        if new is None:
            return self._leave(job, param, f"what becomes of {old!r} cannot be told from it")
        if param.value_span is None and new == old:
            return True
        if param.value_span is None:
            return self._leave(job, param, f"{old!r} is {new} today, and does not stand in one piece")
        other = self.reading.shared(param.value_span, self._sending(param.value_span))
        if new != old and other is not None:
            return self._leave(job, param, f"{old!r} is {new} today, and {other} serves other things too")
        self.vote(param.value_span, old, new, f"{param.name} {old} is {new} today")
        for given in self.reading.passed(param.value_span):
            text = given.value if isinstance(given, Text) else given.text
            turned = self._converted(job, param, change, wanted, text)
            if turned is not None:
                self.vote(given.span, text, turned, f"{param.name} {text} is {turned} today")
        return True

    def _sending(self, value: Span) -> list[Span]:
        return [
            param.name_span
            for use in self.source.relied.uses
            for param in use.parameters.given
            if param.value_span == value and param.name_span is not None
        ]

    def _converted(
        self, job: Job, param: Param, change: ParamChange | None, wanted: Parameter | None, text: str
    ) -> str | None:
        """Return the text to send today; the same where nothing changes, None where it cannot be told."""
        choices = wanted.choices if wanted is not None else ()
        if change is not None and change.value is not None:
            if wanted is not None and wanted.role in CHOOSING:
                sure = PAIR.fullmatch(text) or self._stands_here(param)
                return self.pairs.converted(job, wanted, change, text) if sure else None
            new = change.value.apply(text)
            if new is None or (choices and new not in choices):
                return respelled(text, choices) or (text if text in choices else None)
            return new
        if (
            wanted is not None
            and text not in choices
            and (wanted.role == "interval" or any(map(is_width, choices)))
        ):
            return respelled(text, choices) or text
        if (
            job.route is not None
            and wanted is not None
            and wanted.role == "pair"
            and not PAIR.fullmatch(text)
        ):
            return self.pairs.of_coin(job, wanted, text) if self._stands_here(param) else None
        return text

    def _stands_here(self, param: Param) -> bool:
        """Whether a value stands where it is sent, so that nothing else is about it."""
        return param.value_span is not None and param.fixed and not self.reading.owned(param.value_span)

    def _leave(self, job: Job, param: Param, why: str) -> bool:
        at = param.value_span or param.name_span or job.use.anchor
        self.left.append(Left(at, f"the parameter {param.name}: {why}"))
        return False
