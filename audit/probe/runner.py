"""The order of a probe: the key first, then the spellings, then everything else side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from audit.model import IntervalFloor, Verdict
from audit.probe.asker import Asker, BrokenOffError, Result
from audit.probe.asks import Ask, IntervalMode, Purpose, around_floor, ask, families, with_intervals
from audit.probe.key import key_operations
from audit.probe.symbols import Table, Wish, choose, source_for
from audit.probe.watch import Watch, ask_id, most_listed, names_coin, spelled, wish_for
from audit.spec.catalog import Spec
from audit.spec.expectations import usual_interval
from audit.spec.operations import Operation
from audit.spec.plans import Plan

Stopped = Literal[
    "interrupted",
    "time is up",
    "connection lost",
    "the wait is too long",
    "key refused",
    "key without a plan",
    "key expired",
    "plan not known; name it with --plan",
    "no coin found to watch; name some with --symbols",
]


@dataclass(frozen=True)
class Progress:
    """How far a probe has come; ``seconds_left`` is None until it can be told, with ``at_most`` a bound.

    ``doing`` says what is done where that is not asking.
    """

    done: int
    total: int
    seconds_left: float | None
    last: str | None
    at_most: bool = False
    doing: str | None = None


@dataclass(frozen=True)
class Outcome:
    """All that a probe saw. ``stopped`` says why it ended early, ``asked`` what it set out to ask."""

    results: tuple[Result, ...]
    lost: tuple[Result, ...]
    floors: tuple[IntervalFloor, ...]
    asked: int
    stopped: Stopped | None = None
    detail: str | None = None


@dataclass
class Probe:
    """One probe of a target. ``plan`` is None until the key has told it.

    With ``watch``, operations that name a coin are asked once for each coin.
    """

    spec: Spec
    asker: Asker
    operations: tuple[Operation, ...]
    plan: Plan | None
    intervals: IntervalMode
    wish: Wish
    concurrency: int
    on_progress: Callable[[Progress], None]
    on_plan: Callable[[Plan], None]
    time_limit: float | None = None
    watch: Watch | None = None

    def __post_init__(self) -> None:
        self._planned: set[str] = set()
        self._floors: list[IntervalFloor] = []

    async def run(self) -> Outcome:
        """Ask everything; an interruption ends the probe with what is known so far."""
        stopped: Stopped | None = None
        detail = None
        try:
            async with asyncio.timeout(self.time_limit):
                stopped = await self._stages()
        except TimeoutError:
            stopped = "time is up"
        except asyncio.CancelledError:
            stopped = "interrupted"
        except BrokenOffError as error:
            stopped, detail = error.why, str(error)
        except BaseExceptionGroup as group:
            stopped, detail = _reason(group)
        return Outcome(
            results=tuple(sorted(self.asker.results.values(), key=lambda result: result.ask_id)),
            lost=tuple(sorted(self.asker.lost.values(), key=lambda result: result.ask_id)),
            floors=tuple(sorted(self._floors, key=lambda floor: floor.family)),
            asked=len(self._planned),
            stopped=stopped,
            detail=detail,
        )

    async def _stages(self) -> Stopped | None:
        self._expect(one.id for one in self.operations if self.watch is None or not names_coin(one))
        first = [operation for operation in key_operations(self.spec) if operation in self.operations]
        plan = self.plan
        for operation in first[:1]:
            # Without a declared plan the account itself is held against the first one: it opens to all.
            result = await self._put(ask(self.spec, operation, (plan or self.spec.ladder.plans[0]).name))
            if result.observation.verdict is Verdict.UNAUTHORIZED:
                return "key refused"
            if result.observation.verdict is Verdict.PLAN_GATED and self._is_account(operation):
                return "key without a plan"
            if (result.facts.get("account") or {}).get("expired"):
                return "key expired"
            plan = plan or _detected(self.spec, result)
        if plan is None:
            return "plan not known; name it with --plan"
        self.plan = plan
        self.on_plan(plan)
        tables = await self._spellings(plan)
        if self.watch is None:
            await self._all_at_once(self._jobs(plan, tables))
            return None
        named = (spelled(symbol, tables.values()) for symbol in self.watch.symbols)
        coins = tuple(dict.fromkeys(named)) or await self._top(self.watch, plan, tables)
        await self._all_at_once(self._watching(coins, plan, tables))
        return None if coins else "no coin found to watch; name some with --symbols"

    def _is_account(self, operation: Operation) -> bool:
        """Whether every plan may call it; a provider may have no such operation."""
        account = self.spec.provider.account
        return account is not None and operation.id == account.operation

    async def _top(self, watch: Watch, plan: Plan, tables: dict[str, Table]) -> tuple[str, ...]:
        """Find the coins to watch; where the plan does not open the ranking, the most widely listed."""
        coins: list[str] = []
        operation = self.spec.operations.get(watch.ranking.operation) if watch.ranking else None
        if watch.ranking and operation is not None and operation.allowed(self.spec.ladder, plan.name):
            self._expect([operation.id])
            result = await self._put(ask(self.spec, operation, plan.name, values=watch.ranking.params))
            coins = result.facts.get("ranking") or []
        listed = most_listed(tables.values())
        wanted = [coin for coin in coins if coin in listed or not listed]
        return tuple(dict.fromkeys([*wanted, *listed]))[: watch.top]

    def _watching(
        self, coins: Iterable[str], plan: Plan, tables: dict[str, Table]
    ) -> list[Coroutine[Any, Any, None]]:
        """Ask every operation that names a coin for each of the coins, and the others once."""
        asks = [self._ask(one, plan, tables) for one in self.operations if not names_coin(one)]
        for operation in filter(names_coin, self.operations):
            source = source_for(operation, self.spec.provider)
            table = tables.get(source.operation, {}) if source else {}
            for coin in coins:
                wish = wish_for(coin, table, self.wish)
                asked = self._ask(operation, plan, tables, wish=wish)
                asks.append(replace(asked, id=ask_id(operation.id, coin)))
        self._expect(row.id for row in asks)
        return [self._one(row) for row in asks]

    def _jobs(self, plan: Plan, tables: dict[str, Table]) -> list[Coroutine[Any, Any, None]]:
        jobs = [self._one(self._ask(operation, plan, tables)) for operation in self.operations]
        if self.intervals == "none":
            return jobs
        if self.intervals == "floor":
            for family, members in families(self.operations, self.spec, plan.name).items():
                jobs.append(self._search(family, members[0], plan, tables))
        for operation in with_intervals(self.operations, self.spec, plan.name):
            chosen: list[tuple[Purpose, str]] = (
                [("every", width) for width in operation.intervals]
                if self.intervals == "all"
                else around_floor(operation, plan.name)
            )
            asks = [self._ask(operation, plan, tables, width, purpose) for purpose, width in chosen]
            # A pair that is not listed is told once, by the ordinary request.
            asks = [row for row in asks if not row.wrong and not self._is_usual(row, plan, tables)]
            self._expect(row.id for row in asks)
            jobs.extend(self._one(row) for row in asks)
        return jobs

    def _ask(
        self,
        operation: Operation,
        plan: Plan,
        tables: dict[str, Table],
        width: str | None = None,
        purpose: Purpose = "operation",
        wish: Wish | None = None,
    ) -> Ask:
        source = source_for(operation, self.spec.provider)
        wish = wish or self.wish
        chosen = choose(operation, tables.get(source.operation, {}) if source else {}, wish)
        width = width or usual_interval(operation, plan.name, wish.interval)
        built = ask(self.spec, operation, plan.name, interval=width, purpose=purpose, values=chosen.values)
        return replace(built, wrong=chosen.wrong) if chosen.wrong else built

    def _is_usual(self, row: Ask, plan: Plan, tables: dict[str, Table]) -> bool:
        """Whether the operation's ordinary request already asks for this interval."""
        return self._ask(row.operation, plan, tables).interval == row.interval

    async def _spellings(self, plan: Plan) -> dict[str, Table]:
        """Ask the lists of exchanges and pairs that the chosen operations need."""
        tables: dict[str, Table] = {}
        for source in self.spec.provider.pairs:
            needed = any(
                source_for(operation, self.spec.provider) == source
                and (operation.parameter("pair") or operation.parameter("coin"))
                for operation in self.operations
            )
            operation = self.spec.operations.get(source.operation)
            if needed and operation is not None:
                self._expect([operation.id])
                result = await self._put(ask(self.spec, operation, plan.name))
                tables[source.operation] = result.facts.get("pairs") or {}
        return tables

    async def _search(self, family: str, operation: Operation, plan: Plan, tables: dict[str, Table]) -> None:
        """Find the finest interval that answers, by halving the ladder of intervals."""
        ladder = operation.intervals
        promised = operation.floors.get(plan.name)

        async def answers(index: int) -> bool | None:
            row = self._ask(operation, plan, tables, ladder[index], "every")
            if row.wrong:
                return None
            if self._is_usual(row, plan, tables):
                row = self._ask(operation, plan, tables)
            self._expect([row.id])
            verdict = (await self._put(row)).observation.verdict
            if verdict in (Verdict.AVAILABLE, Verdict.EMPTY):
                return True
            return False if verdict is Verdict.INTERVAL_GATED else None

        low, high = 0, len(ladder)
        settled = True
        # The finest first: on most plans nothing is gated and one request settles it.
        probe = 0
        while low < high:
            open_there = await answers(probe)
            if open_there is None:
                settled = False
                break
            low, high = (low, probe) if open_there else (probe + 1, high)
            probe = (low + high) // 2
        observed = ladder[low] if settled and low < len(ladder) else None
        self._floors.append(
            IntervalFloor(
                family=family,
                operation=operation.id,
                promised=promised or ladder[0],
                observed=observed,
                settled=settled,
            )
        )

    async def _one(self, row: Ask) -> None:
        await self._put(row)

    async def _put(self, row: Ask) -> Result:
        result = await self.asker.put(row)
        self._tell(row.id)
        return result

    def _expect(self, names: Iterable[str]) -> None:
        self._planned.update(names)
        self._replan()

    def _replan(self) -> int:
        left = len(self._planned - self.asker.results.keys() - self.asker.lost.keys())
        self.asker.pacer.plan(left)
        return left

    def _tell(self, name: str) -> None:
        left = self._replan()
        now = asyncio.get_running_loop().time()
        pacer, planned = self.asker.pacer, len(self._planned)
        self.on_progress(Progress(planned - left, planned, pacer.seconds_left(now), name, pacer.at_most(now)))

    async def _all_at_once(self, jobs: list[Coroutine[Any, Any, None]]) -> None:
        gate = asyncio.Semaphore(self.concurrency)

        async def bounded(job: Coroutine[Any, Any, None]) -> None:
            async with gate:
                await job

        try:
            async with asyncio.TaskGroup() as group:
                for job in jobs:
                    group.create_task(bounded(job))
        finally:
            for job in jobs:
                job.close()


def _detected(spec: Spec, result: Result) -> Plan | None:
    level = (result.facts.get("account") or {}).get("level")
    return spec.ladder.by_level(level) or spec.ladder.by_rate(result.facts.get("limit"))


def _reason(group: BaseExceptionGroup[BaseException]) -> tuple[Stopped, str]:
    """Pick the expected reason out of a group, or raise what nobody expected."""
    broken, rest = group.split(BrokenOffError)
    # The first real failure says more than the group around it.
    error: BaseException = rest or broken or group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if not isinstance(error, BrokenOffError):
        raise error
    return error.why, str(error)
