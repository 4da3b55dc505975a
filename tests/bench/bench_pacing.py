"""How close the pacer comes to the shortest time that the limit allows, on a simulated clock.

    python -m tests.bench.bench_pacing [PHASES]

For each limit, kind of window, and with or without another user of the key: the time to send an
audit's requests, beside that of a clairvoyant sender which knows the window's kind and phase and the
others' arrivals beforehand. Prints the ratio of the summed times over all start phases, the worst single
phase, and the refusals; exits 1 where a key used by us alone takes more than 1.05 of the shortest, or
anything was refused to us alone.

With somebody else on the key the yardstick knows every one of their requests beforehand. A sender that does
not must leave room for what they may send, so over few windows it falls behind; where it comes out ahead, it
has taken places that the clairvoyant left to the others.
"""

from __future__ import annotations

import random
import sys

from audit.client.pacing import Pacer
from tests.client.pacing_servers import Run, Scenario, shortest, steady

LIMIT = 1.05
LIMITS = (30, 80, 300, 1200)
WINDOWS = ("minute", "opened", "sliding")
REQUESTS = (213, 1000)


def scenario(limit: int, kind: str, requests: int, phase: float, shared: float, seed: int) -> Scenario:
    """One situation; ``shared`` is the other user's part of the limit."""
    others = steady(shared * limit, 60.0 * (requests / limit / (1 - shared) + 5), seed) if shared else []
    return Scenario(limit=limit, kind=kind, start=phase, requests=requests, others=others, seed=seed)


def main() -> int:
    """Measure and print; return the exit code."""
    phases = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    print(f"{'limit':>5} {'window':<8} {'used by':<12} requests   time s shortest  ratio  worst refused")
    failed = False
    for limit in LIMITS:
        for kind in WINDOWS:
            for shared in (0.0, 0.3):
                for requests in REQUESTS:
                    ours, best, worst, refused = measure(limit, kind, requests, shared, phases)
                    ratio = ours / best
                    failed = failed or (not shared and (ratio > LIMIT or refused > 0))
                    user = "us alone" if not shared else f"{shared:.0%} others"
                    print(
                        f"{limit:>5} {kind:<8} {user:<12} {requests:>8} {ours / phases:>8.1f} "
                        f"{best / phases:>8.1f} {ratio:>6.3f} {worst:>6.2f} {refused:>7}"
                    )
    return 1 if failed else 0


def measure(
    limit: int, kind: str, requests: int, shared: float, phases: int
) -> tuple[float, float, float, int]:
    """Sum our time and the shortest over start phases; return them with the worst ratio and the refusals."""
    ours = best = worst = 0.0
    refused = 0
    for number in range(phases):
        one = scenario(limit, kind, requests, 60.0 * number / phases + 0.5, shared, number)
        outcome = Run(one, Pacer(rng=random.Random(number))).go()
        bound = shortest(one)
        ours += outcome.seconds
        best += bound
        worst = max(worst, outcome.seconds / bound)
        refused += outcome.refusals
    return ours, best, worst, refused


if __name__ == "__main__":
    sys.exit(main())
