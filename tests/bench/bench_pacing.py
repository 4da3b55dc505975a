"""How long the pacer takes against the shortest time the limit allows, and how often it is refused.

``python tests/bench/bench_pacing.py`` runs simulated servers (no network, no waiting) over many start
phases and prints one row per limit, kind of window, user and number of requests.  It ends with status 1
if any row's mean ratio is above 1.05 or any request of ours was refused.

Columns: ``time`` and ``shortest`` in seconds, mean over the phases; ``ratio`` their quotient, mean and
worst.  A run that beats the yardstick counts as 1 in ``ratio``, so that it cannot hide a slow one; ``plain``
is the mean without that.  ``foreseen`` is the mean ratio to the sender that foresees everything.  ``refused``
are our requests, ``crowded out`` the part of the others' requests that met a full window.

The yardstick is `tests.client.pacing_servers.shortest`: same latencies, same number in flight, but it knows
limit, kind of window and each arrival of the others, waits at the server's door and is let in at the first
moment the limit allows.  It serves every request of the others; the pacer only tries to (``crowded out``
says how well), which is why it can be faster.  The sender of ``foreseen`` uses all of that; the one of
``shortest`` may not use what no answer can tell beforehand:

* Whether somebody's request is on its way.  One place of each window stays free for it, as only a sender
  that risks a refusal can use it: 5 % of what a steady user of 30 % leaves of a limit of 30.  In a run of
  three and a bit windows one place can decide whether it takes one window more.
* When the window that is open at the start will end.  It may last for one length yet, so the others are
  served for as long in it.  From its first boundary on the yardstick knows all boundaries.

Alone on the key the two are the same.  Beside others ``foreseen`` shows what the difference is worth: little
in runs of many windows, up to a tenth in runs of one to four.

What the yardstick has and the pacer has not:

* The first request goes alone, to learn the limit: one answer time, up to 6 % of a run of 4 s.
* A boundary shows only in the answer to a request sent after it, and the fewer places there are, the fewer
  are spent on looking; a boundary within the first burst is told only after a few answers.
* Others' requests between the last answer and the arrival of the next request are estimated.
* On a sliding window places that come free one by one are only used once the others have been looked at;
  a run of 80 a minute that needs all but a few of them can take a window more.  With other ``--seed`` that
  row has been seen at 1.09, and 213 requests at 300 a minute on a sliding window at 1.05.

Others that come at random (``--arrivals independent``) or in bursts can fill the last places between two
answers: there refusals are rare, not impossible.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from audit.client.pacing import Pacer
from tests.client.pacing_servers import KINDS, WINDOW, Run, Scenario, bursts, independent, shortest, steady

LIMITS = (30, 80, 300, 1200)
REQUESTS = (213, 1000)
#: Highest mean ratio of a row.
ALLOWED = 1.05
HEADER = (
    "    L  window  others     N    time  shortest   ratio: mean  worst  plain foreseen refused crowded out\n"
    "                              s (mean)  s (mean)"
)


@dataclass(frozen=True)
class Case:
    """One row: limit, kind of window, the others' part of the limit, requests, phases and seeds."""

    limit: int
    kind: str
    share: float
    requests: int
    phases: int
    seed: int
    arrivals: str


@dataclass(frozen=True)
class Row:
    """The figures of a row over its phases; times in s."""

    case: Case
    times: list[float]
    bounds: list[float]
    clairvoyant: list[float]
    refused: int
    crowded: int
    served: int

    def ratios(self, bounds: list[float]) -> list[float]:
        """Time by shortest time, per phase."""
        return [time / bound for time, bound in zip(self.times, bounds, strict=True)]

    def mean(self) -> float:
        """Mean ratio; a run that beat the yardstick counts as 1."""
        return floored(self.ratios(self.bounds))

    def foreseeing(self) -> float:
        """The same against the sender that foresees everything."""
        return floored(self.ratios(self.clairvoyant))

    def bad(self) -> bool:
        """Does the row miss what is asked of the pacer?"""
        return self.mean() > ALLOWED or self.refused > 0

    def text(self) -> str:
        """The row as printed."""
        case = self.case
        others = f"{case.share:.0%}" if case.share else "alone"
        crowded = f"{self.crowded / max(1, self.crowded + self.served):8.1%}" if case.share else "       -"
        ratios = self.ratios(self.bounds)
        mark = "  <<<" if self.bad() else ""
        return (
            f"{case.limit:5}  {case.kind:8} {others:>6} {case.requests:5} {statistics.mean(self.times):7.1f}"
            f" {statistics.mean(self.bounds):9.1f} {self.mean():13.3f} {max(ratios):6.3f}"
            f" {statistics.mean(ratios):6.3f} {self.foreseeing():8.3f} {self.refused:7} {crowded:>12}{mark}"
        )


def floored(ratios: list[float]) -> float:
    """Mean of ratios, none of which counts less than 1."""
    return statistics.mean(max(1.0, ratio) for ratio in ratios)


def others_of(case: Case, seed: int) -> list[float]:
    """Arrivals of the others for about three times the time the run should take."""
    if not case.share:
        return []
    rate = case.limit * case.share
    until = WINDOW * (4 + 3 * case.requests / (case.limit - rate))
    kinds: dict[str, Callable[[], list[float]]] = {
        "steady": lambda: steady(rate, until, seed),
        "independent": lambda: independent(rate, until, seed),
        "bursts": lambda: bursts(max(1, round(rate / 6)), WINDOW / 6, until, seed),
    }
    return kinds[case.arrivals]()


def measure(case: Case) -> Row:
    """Run one row: the starts are spread evenly over the server's minute, at an odd offset."""
    times, bounds, clairvoyant, refused, crowded, served = [], [], [], 0, 0, 0
    for number in range(case.phases):
        seed = case.seed + number
        scenario = Scenario(
            case.limit,
            case.kind,
            start=(number + random.Random(seed).random()) * WINDOW / case.phases,
            requests=case.requests,
            others=others_of(case, seed),
            seed=seed,
        )
        outcome = Run(scenario, Pacer(rng=random.Random(seed))).go()
        times.append(outcome.seconds)
        bounds.append(shortest(scenario, foresight=False))
        clairvoyant.append(shortest(scenario))
        refused += outcome.refusals
        crowded += outcome.others_refused
        served += outcome.others_served
    return Row(case, times, bounds, clairvoyant, refused, crowded, served)


def cases(options: argparse.Namespace) -> Iterator[Case]:
    """All rows asked for, alone first."""
    for share in (0.0, *options.share):
        for limit in LIMITS:
            for kind in KINDS:
                for requests in REQUESTS:
                    yield Case(limit, kind, share, requests, options.phases, options.seed, options.arrivals)


def main() -> int:
    """Print the table; return 1 if a row misses its goal."""
    parser = argparse.ArgumentParser(description="Pacer against the shortest possible time.")
    parser.add_argument("--phases", type=int, default=20, help="start phases per row (20)")
    parser.add_argument("--seed", type=int, default=200_000, help="first seed (200000)")
    parser.add_argument("--share", type=float, nargs="*", default=[0.3], help="parts of L others use (0.3)")
    parser.add_argument("--arrivals", choices=("steady", "independent", "bursts"), default="steady")
    options = parser.parse_args()
    print(HEADER)
    bad = total = refused = 0
    with ProcessPoolExecutor() as pool:
        for row in pool.map(measure, cases(options)):
            print(row.text(), flush=True)
            total, bad, refused = total + 1, bad + row.bad(), refused + row.refused
    print(f"{total} rows, {bad} above {ALLOWED} or refused (<<<), {refused} refusals")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
