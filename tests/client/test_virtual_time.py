"""The loop whose clock jumps over waiting keeps every promise of a real one, in no time."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any

import pytest

from audit.client.virtual_time import VirtualTimeLoop, run_virtual

DAY = 86_400.0


def now() -> float:
    return asyncio.get_running_loop().time()


def quickly(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run it; a loop that really waits, or never comes to an end, fails after a few seconds."""

    def too_long(*_: object) -> None:
        raise AssertionError("the loop waits in real time, or for ever")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, 10)
    try:
        return run_virtual(coroutine)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_a_day_passes_in_no_time() -> None:
    async def main() -> tuple[float, float]:
        before = now()
        await asyncio.sleep(DAY)
        return before, now()

    assert quickly(main()) == (pytest.approx(0, abs=1e-6), pytest.approx(DAY))


def test_longer_than_the_loop_ever_waits_at_once() -> None:
    async def main() -> float:
        await asyncio.sleep(400 * DAY)
        return now()

    assert quickly(main()) == pytest.approx(400 * DAY)


def test_timers_go_off_in_order_at_their_moments() -> None:
    async def main() -> list[tuple[str, float]]:
        seen: list[tuple[str, float]] = []

        async def one(name: str, wait: float) -> None:
            await asyncio.sleep(wait)
            seen.append((name, now()))

        await asyncio.gather(one("c", 3600), one("a", 1), one("d", 3600.5), one("b", 60))
        return seen

    seen = quickly(main())
    assert [name for name, _ in seen] == ["a", "b", "c", "d"]
    assert [moment for _, moment in seen] == pytest.approx([1, 60, 3600, 3600.5])


def test_equal_timers_go_off_together_and_the_same_way_each_time() -> None:
    async def main() -> list[int]:
        seen: list[int] = []
        loop = asyncio.get_running_loop()
        for number in range(5):
            loop.call_later(10, seen.append, number)
        await asyncio.sleep(11)
        return seen

    first = quickly(main())
    assert sorted(first) == [0, 1, 2, 3, 4]
    assert quickly(main()) == first


def test_sleeps_inside_sleeps_add_up() -> None:
    async def nested(depth: int) -> None:
        await asyncio.sleep(1)
        if depth > 1:
            await asyncio.gather(nested(depth - 1), asyncio.sleep(0.5))
        await asyncio.sleep(1)

    async def main() -> float:
        await nested(50)
        return now()

    assert quickly(main()) == pytest.approx(100)


@pytest.mark.parametrize("steps", [1000])
def test_many_small_steps_do_not_drift_or_hang(steps: int) -> None:
    async def main() -> float:
        await asyncio.sleep(1e7)
        for _ in range(steps):
            await asyncio.sleep(1e-7)
        return now()

    assert quickly(main()) == pytest.approx(1e7, rel=1e-6)


def test_a_time_out_strikes_at_its_moment_and_only_then() -> None:
    async def main() -> tuple[float, float]:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(30):
                await asyncio.sleep(31)
        struck = now()
        async with asyncio.timeout(30):
            await asyncio.sleep(29)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 10)
        return struck, now()

    assert quickly(main()) == (pytest.approx(30), pytest.approx(69))


def test_the_inner_time_out_strikes_first() -> None:
    async def main() -> float:
        async with asyncio.timeout(100):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(10):
                    await asyncio.Event().wait()
        return now()

    assert quickly(main()) == pytest.approx(10)


def test_a_cancelled_sleep_ends_at_once_and_takes_no_time() -> None:
    async def main() -> tuple[bool, float]:
        task = asyncio.create_task(asyncio.sleep(DAY))
        await asyncio.sleep(5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return task.cancelled(), now()

    assert quickly(main()) == (True, pytest.approx(5))


def test_a_consumer_wakes_for_each_item_a_slow_producer_brings() -> None:
    async def main() -> list[tuple[int, float]]:
        queue: asyncio.Queue[int | None] = asyncio.Queue(maxsize=1)
        got: list[tuple[int, float]] = []

        async def consume() -> None:
            while (item := await queue.get()) is not None:
                got.append((item, now()))

        consumer = asyncio.create_task(consume())
        for item in range(3):
            await asyncio.sleep(60)
            await queue.put(item)
        await queue.put(None)
        await consumer
        return got

    assert quickly(main()) == [(0, pytest.approx(60)), (1, pytest.approx(120)), (2, pytest.approx(180))]


def test_what_is_ready_runs_before_the_clock_moves() -> None:
    async def main() -> float:
        asyncio.get_running_loop().call_later(1, lambda: None)
        for _ in range(1000):
            await asyncio.sleep(0)
        return now()

    assert quickly(main()) == pytest.approx(0, abs=1e-6)


def test_a_thread_can_still_wake_a_loop_that_waits_for_nothing_else() -> None:
    async def main() -> str:
        return await asyncio.to_thread(lambda: "woken")

    assert quickly(main()) == "woken"


def test_an_error_comes_out_and_the_loop_is_closed() -> None:
    loops: list[asyncio.AbstractEventLoop] = []

    async def main() -> None:
        loops.append(asyncio.get_running_loop())
        await asyncio.sleep(DAY)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_virtual(main())
    assert isinstance(loops[0], VirtualTimeLoop)
    assert loops[0].is_closed()
