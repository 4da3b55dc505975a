"""The contract suite: every recorded answer held against what its plan promises."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import assert_never

from audit.checks import (
    cassette,
    check_answer,
    key_expired,
    missing_required_param,
    plan_mismatch,
    rate_limit_mismatch,
    wrong_param,
)
from audit.checks.heard import Heard
from audit.checks.seen import Seen
from audit.client.answers import Outcome
from audit.contract.cases import (
    AnswerCase,
    Case,
    ChannelCase,
    FileCase,
    KeyCase,
    answer_cases,
    channel_cases,
    file_cases,
    key_cases,
)
from audit.contract.cassette import Interaction, default_folder
from audit.contract.observing import observe
from audit.contract.replay import Library, nothing_recorded, plans_in, spelled
from audit.contract.sealed import Origin
from audit.contract.stream_observing import play, undocumented
from audit.errors import CassetteError
from audit.model import Finding, KeyFacts, Observation, StreamFacts, Verdict
from audit.probe.asker import Result
from audit.probe.key import account_facts, key_facts, key_operations, witnesses
from audit.probe.reading import read
from audit.spec.catalog import Spec
from audit.spec.plans import Plan
from audit.spec.selecting import select

# Plays the recorded answer to a request on a plan.
Send = Callable[[str, Interaction], Outcome]


def as_recorded(plan: str, row: Interaction) -> Outcome:
    """Return the answer as it stands in the file, without sending anything."""
    return row.response.outcome()


@dataclass(frozen=True)
class Judged:
    """What came of one case: the answer or the channel, where it is about one, and what is wrong with it."""

    case: Case
    observation: Observation | None
    findings: tuple[Finding, ...]
    facts: StreamFacts | None = None


class Suite:
    """The cases of some plans, and how each is judged."""

    def __init__(self, spec: Spec, libraries: Mapping[str, Library], cases: tuple[Case, ...]) -> None:
        self.spec = spec
        self.libraries = libraries
        self.cases = cases
        self._keys: dict[str, KeyFacts] = {}

    @property
    def keys(self) -> Mapping[str, KeyFacts]:
        """What the recorded keys turned out to be, for each plan whose key has been judged."""
        return self._keys

    @cached_property
    def origins(self) -> Mapping[str, Origin]:
        """Where the answers of each plan come from."""
        return {plan: library.origin for plan, library in self.libraries.items()}

    def judge(self, case: Case, send: Send = as_recorded) -> Judged:
        """Return what is wrong with one case; ``send`` plays an answer."""
        match case:
            case AnswerCase():
                return self._answer(case, send)
            case ChannelCase():
                return self._channel(case)
            case KeyCase():
                return Judged(case, None, tuple(self._key(case, send)))
            case FileCase():
                return Judged(case, None, tuple(cassette.check(case.kept)))
        assert_never(case)

    def _answer(self, case: AnswerCase, send: Send) -> Judged:
        row = case.row
        if row is None or case.recorded_at is None:
            interval = case.interval if "[" in case.id else None
            return Judged(case, None, (_unrecorded(case.plan, case.operation.id, interval),))
        seen = observe(self.spec, case.plan, row, case.recorded_at, send(case.plan.name, row))
        found = check_answer(seen)
        if not found and not _as_promised(seen):
            found = (_unexpected(seen),)
        return Judged(case, seen.observation, (*_request(case, row), *found))

    def _channel(self, case: ChannelCase) -> Judged:
        channel, heard, stream = case.channel, case.heard, self.spec.stream
        if heard is None or case.recorded_at is None or stream is None:
            return Judged(case, None, (_unrecorded(case.plan, channel.id),))
        played = play(self.spec, stream, case.plan, channel, heard, case.recorded_at)
        seen, found = played.seen, played.findings
        expected, verdict = seen.observation.expected, seen.observation.verdict
        # Nobody records what cannot be reached: here it says that something of the recording is gone.
        if verdict is Verdict.UNREACHABLE or (not found and verdict is not expected):
            found = (*found, _unexpected(seen))
        wrong = tuple(
            wrong_param.RULE.finding(
                f"recorded with another request than documented: {told}", operation=channel.id
            )
            for told in undocumented(stream, channel, heard)
        )
        return Judged(case, seen.observation, (*wrong, *found), seen.facts)

    def _key(self, case: KeyCase, send: Send) -> Iterator[Finding]:
        plan = case.plan
        if plan.name not in self._keys:
            self._keys[plan.name] = key_facts(self.spec, dict(self._results(plan, send)))
        key = self._keys[plan.name]
        proof = next(proof for proof in key.proofs if proof.way == case.way)
        if proof.plan != _provable(self.spec, plan, case):
            yield plan_mismatch.RULE.finding(
                f"by {case.way} the recorded key shows {proof.plan or 'no plan'}, not {plan.name}",
                evidence=proof.evidence,
                remedy="Record the plan again.",
            )
        if case.way == "subscription":
            yield from key_expired.check(key, self.origins[plan.name].recorded_at)
        if case.way == "rate-limit":
            yield from rate_limit_mismatch.check(plan, key.requests_per_minute, ())

    def _results(self, plan: Plan, send: Send) -> Iterator[tuple[str, Result]]:
        """The answers that tell a key's plan, with the facts that a probe takes from them."""
        provider, library = self.spec.provider, self.libraries[plan.name]
        for operation in key_operations(self.spec):
            rows, origin = library.interactions(operation), library.origin_of(operation)
            if not rows or origin is None:
                continue
            outcome = send(plan.name, rows[0])
            seen = observe(self.spec, plan, rows[0], origin.recorded_at, outcome)
            reading = read(outcome, operation, provider, self.spec.refusals, worked=True)
            facts: dict[str, object] = {"limit": reading.limit}
            if provider.account and operation.id == provider.account.operation and reading.body is not None:
                facts["account"] = account_facts(self.spec, reading.body)
            yield operation.id, Result(operation.id, seen.observation, (), facts, seen.now)


def usual_folder(here: Path) -> Path:
    """Return the cassettes that `record` wrote below ``here``, else the shipped ones."""
    own = here / "cassettes"
    return own if plans_in(own) else default_folder()


def open_suite(
    spec: Spec,
    folder: Path,
    plans: tuple[str, ...] = (),
    only: tuple[str, ...] = (),
    *,
    max_age: float | None = None,
    now: float | None = None,
) -> Suite:
    """Read the cassettes below a folder and make up the suite; all recorded plans where none is named.

    ``only`` are patterns over the names of operations and channels; with them no file is judged as such.
    ``max_age`` is in seconds, ``now`` in epoch seconds. Raises UsageError for a name that does not exist,
    CassetteError where there are no cassettes, one cannot be used, or they belong to another description.
    """
    names = dict.fromkeys(spec.ladder.get(name).name for name in plans) or _recorded(spec, folder)
    operations, channels = select(spec, only)
    moment = datetime.now(UTC).timestamp() if now is None else now
    libraries: dict[str, Library] = {}
    cases: list[Case] = []
    for plan in map(spec.ladder.get, names):
        library = libraries[plan.name] = Library(folder, plan.name, spec)
        answers = list(answer_cases(spec, library, plan, operations))
        heard = list(channel_cases(library, plan, channels))
        if all(case.row is None for case in answers) and all(case.heard is None for case in heard):
            about = library.origin.spec
            raise CassetteError(
                f"{library.folder}: no answer to any of {len(operations)} operations; recorded for "
                f"{about.title} {about.version}, held against {spec.title} {spec.version}; record it again"
            )
        cases += [*answers, *heard]
        if not only:
            cases += key_cases(plan)
            cases += file_cases(spec, library, plan, now=moment, max_age=max_age)
    return Suite(spec, libraries, tuple(cases))


def _recorded(spec: Spec, folder: Path) -> list[str]:
    """The plans of a folder, cheapest first."""
    names = plans_in(folder)
    if not names:
        raise CassetteError(nothing_recorded(folder))
    for name in names:
        if name not in spec.ladder.names:
            raise CassetteError(f"{folder / name}: no plan; expected one of {', '.join(spec.ladder.names)}")
    return [name for name in spec.ladder.names if name in names]


def _unrecorded(plan: Plan, name: str, interval: str | None = None) -> Finding:
    on = f" on the interval {interval}" if interval else ""
    return cassette.RULE.finding(f"no answer is recorded on {plan.name}{on}", operation=name)


def _request(case: AnswerCase, row: Interaction) -> Iterator[Finding]:
    """What of the recorded request is not as documented."""
    operation, request, params = case.operation, row.request, row.request.params
    documented = {parameter.name: parameter for parameter in operation.parameters}
    wrong = [f"the parameter {name} is not documented" for name in sorted(params.keys() - documented.keys())]
    if (request.method, request.path) != (operation.method, operation.path):
        wrong.append(f"documented is {operation.method} {operation.path}")
    for name, value in params.items():
        parameter = documented.get(name)
        if parameter is None:
            continue
        if parameter.choices and value not in parameter.choices:
            wrong.append(f"{name}={value} is none of {', '.join(parameter.choices)}")
        if parameter.role == "interval" and value != row.interval:
            wrong.append(f"{name}={value} was sent, {row.interval} is what the answer is taken for")
    for told in wrong:
        yield wrong_param.RULE.finding(
            f"recorded with another request than documented: {told}",
            operation=operation.id,
            evidence=spelled(request),
        )
    missing = sorted(name for name, row in documented.items() if row.required and name not in params)
    if missing:
        yield missing_required_param.RULE.finding(
            f"recorded without {', '.join(missing)}", operation=operation.id, evidence=spelled(request)
        )


def _as_promised(seen: Seen) -> bool:
    """Whether the verdict is the promised one; what opens more than promised has its own rules."""
    expected, verdict = seen.observation.expected, seen.observation.verdict
    return verdict is expected or (expected is Verdict.AVAILABLE and verdict is Verdict.EMPTY)


def _unexpected(seen: Seen | Heard) -> Finding:
    observation = seen.observation
    return plan_mismatch.RULE.finding(
        f"promised {observation.expected} on {seen.plan.name}, recorded {observation.verdict}",
        operation=seen.operation.id,
        evidence=f"{seen.request} -> {plan_mismatch.said(seen)}",
    )


def _provable(spec: Spec, plan: Plan, case: KeyCase) -> str:
    """The plan that a proof can show: witnesses cannot tell plans that open the same operations."""
    if case.way != "witness":
        return plan.name
    below = [name for name in witnesses(spec) if spec.ladder.get(name).rank <= plan.rank]
    return below[-1] if below else spec.ladder.names[0]
