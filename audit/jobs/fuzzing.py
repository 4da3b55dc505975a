"""Fuzzing as a job: cases made from the description, sent one by one within a budget; a Run comes out."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from audit.checks.seen import Seen
from audit.client.answers import Complete, Outcome, Request
from audit.client.http import Client
from audit.client.virtual_time import run_virtual
from audit.contract.fuzz_cases import Case, counted, make_cases
from audit.contract.fuzz_checks import Answered, address, findings_of, judge, promised
from audit.errors import UsageError
from audit.jobs.about import TOOL, stamp
from audit.jobs.asking import careful, connect, own_sandbox
from audit.jobs.clock import clock
from audit.jobs.deciding import decide
from audit.jobs.settings import Aim, Settings
from audit.model import Finding, Observation, PlanFacts, Run, Severity, Verdict, sort_findings
from audit.probe.asker import Asker, BrokenOffError, Result
from audit.probe.asks import Ask
from audit.probe.reading import Reading
from audit.probe.runner import Progress
from audit.spec.catalog import Spec
from audit.spec.plans import Plan

READING = "GET"
# Where the sandbox of a repeated request is expected to be served.
SERVED = "http://127.0.0.1:8700"
_NUMBER = re.compile(r"[0-9]+")


@dataclass(frozen=True)
class Plot:
    """What is going to be sent: the cases in order, and the most requests that may leave for them."""

    plan: Plan
    cases: tuple[Case, ...]
    budget: int
    seed: int

    @property
    def minutes(self) -> float | None:
        """How long the budget takes at the plan's pace; None where that is not published."""
        pace = self.plan.requests_per_minute
        return self.budget / pace if pace else None


@dataclass(frozen=True)
class Tally:
    """A finished fuzzing in numbers; ``failures`` counts failing cases by rule.

    ``positive`` cases had to be answered, ``negative`` ones to be refused, and of ``either`` nothing is
    promised but that the server stays whole.
    """

    seed: int
    budget: int
    requests: int
    operations: int
    cases: int
    positive: int
    negative: int
    either: int
    verdicts: dict[str, int]
    failures: dict[str, int]


@dataclass(frozen=True)
class FuzzAsk(Ask):
    """A request that is sent exactly as it was made; its ``id`` is the place of its case in the plot."""

    def request(self, now: float) -> Request:
        """Return the request; ``now`` does not matter to it."""
        return Request(self.operation.method, self.operation.path, self.params)


class BudgetSpentError(Exception):
    """No further request may leave."""


class Metered(Client):
    """A client that counts what it sends, keeps the last answer, and stops at the budget."""

    def __init__(self, base_url: str, *, budget: int, **options: Any) -> None:
        super().__init__(base_url, **options)
        self._budget = budget
        self.sent = 0
        self.last: Outcome | None = None

    async def send(self, request: Request) -> Outcome:
        """Send one request if there is one left; raises BudgetSpentError."""
        if self.sent >= self._budget:
            raise BudgetSpentError
        self.sent += 1
        self.last = await super().send(request)
        return self.last


def plot(spec: Spec, settings: Settings, *, max_examples: int, budget: int | None) -> Plot:
    """Make the cases; without a ``budget`` they may all be sent, and each be repeated twice.

    Raises UsageError for names that do not exist.
    """
    plan = spec.ladder.get(settings.plan or spec.provider.usual_plan)
    chosen = [operation for operation in spec.select(settings.only) if operation.method == READING]
    if not chosen:
        raise UsageError(f"nothing to fuzz: only {READING} operations are, and --only names none")
    account = spec.provider.account
    own = spec.operations.get(account.operation) if account else None
    if own is not None and own not in chosen:
        # It answers on every plan: without it a plan that gates all the others would prove nothing.
        chosen.insert(0, own)
    cases = make_cases(
        spec, chosen, max_examples=max_examples, seed=settings.seed, plan=plan.name, now=time.time()
    )
    return Plot(plan, cases, 3 * len(cases) if budget is None else budget, settings.seed)


def fuzz(
    spec: Spec,
    settings: Settings,
    target: Aim,
    plotted: Plot,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> Run:
    """Send the cases and judge the answers; the Run's ``fuzz`` holds the Tally.

    Its observations are those of failing cases: the others are counted in the Tally.
    """
    started = datetime.now(UTC)
    sending = _sending(spec, settings, target, plotted, on_progress)
    sent = run_virtual(sending) if target.in_process else asyncio.run(sending)
    results = sent.results
    findings = gathered(finding for result in results for finding in result.findings)
    observations = [result.observation for result in results]
    tally = _tally(plotted, sent)
    return Run(
        tool=TOOL,
        started_at=stamp(started),
        finished_at=stamp(datetime.now(UTC)),
        target=target.target,
        plan=PlanFacts(declared=plotted.plan.name, requests_per_minute=plotted.plan.requests_per_minute),
        spec=spec.facts(),
        observations=tuple(result.observation for result in results if result.findings),
        findings=findings,
        decision=decide(observations, findings, threshold=settings.threshold, stopped=sent.stopped),
        fuzz=asdict(tally),  # type: ignore[call-arg]  # a Run keeps keys of its own
    )


@dataclass(frozen=True)
class Sent:
    """What was sent: the results in order, how many requests it took, and why it ended early."""

    results: tuple[Result, ...]
    requests: int
    stopped: str | None


async def _sending(
    spec: Spec, settings: Settings, target: Aim, plotted: Plot, on_progress: Callable[[Progress], None]
) -> Sent:
    wall = clock(target)
    metered = partial(Metered, budget=plotted.budget)
    app = own_sandbox(spec, settings, target, wall)
    async with connect(metered, spec, settings, target, app) as client:
        inspector = _Inspector(spec, target, plotted, client)
        asker = careful(spec, settings, target, client, wall, inspector.inspect)
        return await _one_by_one(spec, asker, client, plotted, on_progress)


async def _one_by_one(
    spec: Spec, asker: Asker, client: Metered, plotted: Plot, on_progress: Callable[[Progress], None]
) -> Sent:
    began = time.monotonic()
    results: list[Result] = []
    stopped = None
    for number, case in enumerate(plotted.cases):
        left = min(len(plotted.cases) - number, plotted.budget - client.sent)
        asker.pacer.plan(left)
        try:
            result = await asker.put(_ask(spec, plotted.plan, case, number))
        except BudgetSpentError:
            break
        except BrokenOffError as error:
            results += [result for name, result in asker.lost.items() if name == str(number)]
            stopped = f"{error.why} ({error})"
            break
        results.append(result)
        # By what it took so far: the pacer's own estimate is on a simulated clock in this process.
        pace = (time.monotonic() - began) / (number + 1)
        on_progress(Progress(number + 1, number + left, pace * (left - 1), case.operation.id))
        if result.observation.verdict is Verdict.UNAUTHORIZED:
            stopped = "the key is refused"
            break
    return Sent(tuple(results), client.sent, stopped)


def _ask(spec: Spec, plan: Plan, case: Case, number: int) -> FuzzAsk:
    good = promised(spec, plan.name, case)
    role = case.operation.parameter("interval")
    return FuzzAsk(
        id=str(number),
        operation=case.operation,
        purpose="operation",
        params=case.pairs,
        interval=dict(case.pairs).get(role.name) if role else None,
        # Where more than one verdict keeps the promise, the one of an ordinary request is named.
        expected=Verdict.AVAILABLE if Verdict.AVAILABLE in good else min(good),
    )


@dataclass(frozen=True)
class _Inspector:
    """Judges each answer with the case it belongs to."""

    spec: Spec
    target: Aim
    plotted: Plot
    client: Metered

    def inspect(
        self, ask: Ask, observation: Observation, reading: Reading, now: float
    ) -> tuple[Finding, ...]:
        """Return what is wrong with one answer."""
        case = self.plotted.cases[int(ask.id)]
        seen = Seen(
            operation=ask.operation,
            observation=observation,
            body=reading.body,
            ladder=self.spec.ladder,
            plan=self.plotted.plan,
            now=reading.server_time or now,
        )
        own = self.target.in_process
        url = address(SERVED if own else self.target.base_url, case)
        answered = Answered(case, seen, reading, url, steady=own)
        if isinstance(self.client.last, Complete):
            return findings_of(self.spec, answered, self.client.last)
        return judge(self.spec, answered)


def gathered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return each finding once, with the shortest request that shows it and how many others do.

    Findings that differ in numbers alone, such as that of rows, are alike.
    """
    kinds: dict[tuple[str, str | None, str], list[Finding]] = {}
    for finding in findings:
        kind = (finding.rule, finding.operation, _NUMBER.sub("#", finding.message))
        kinds.setdefault(kind, []).append(finding)
    return sort_findings([_shortest(alike) for alike in kinds.values()])


def _shortest(alike: Sequence[Finding]) -> Finding:
    best = min(alike, key=lambda finding: (len(finding.evidence or ""), finding.evidence or ""))
    more = len(alike) - 1
    if not more:
        return best
    told = f"{best.message} ({more} more {'case' if more == 1 else 'cases'})"
    return best.model_copy(update={"message": told})


def _tally(plotted: Plot, sent: Sent) -> Tally:
    done = plotted.cases[: len(sent.results)]
    heavy = [
        {finding.rule for finding in result.findings if finding.severity is not Severity.NOTE}
        for result in sent.results
    ]
    return Tally(
        seed=plotted.seed,
        budget=plotted.budget,
        requests=sent.requests,
        operations=len({case.operation.id for case in done}),
        cases=len(done),
        **counted(done),
        verdicts=dict(sorted(Counter(r.observation.verdict.value for r in sent.results).items())),
        failures=dict(sorted(Counter(rule for rules in heavy for rule in rules).items())),
    )
