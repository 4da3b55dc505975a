"""The plan ladder: what each subscription may call, how fast, how fine, and how far back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from audit.errors import SpecError, unknown
from audit.spec.widths import seconds

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,60}[a-z0-9])?")


@dataclass(frozen=True)
class Plan:
    """One subscription.

    ``history`` maps an interval to the seconds it reaches back, or None for all there is;
    an interval that is not in it is not promised. The whole is None where nothing is published.
    """

    name: str
    rank: int
    level: str
    requests_per_minute: int | None
    interval_floor: str | None
    history: Mapping[str, int | None] | None
    price_usd_month: float | None


class Ladder:
    """The plans, cheapest first."""

    def __init__(self, plans: tuple[Plan, ...], notes: tuple[str, ...] = ()) -> None:
        self.plans = plans
        self.notes = notes
        self._by_name = {plan.name: plan for plan in plans}

    @property
    def names(self) -> list[str]:
        """Plan names, cheapest first."""
        return [plan.name for plan in self.plans]

    def get(self, name: str) -> Plan:
        """Return a plan by name in any letter case; raises UsageError with the right names."""
        try:
            return self._by_name[name.strip().lower()]
        except KeyError:
            raise unknown("plan", name, self.names) from None

    def by_level(self, level: str | None) -> Plan | None:
        """Return the plan that the account operation calls ``level``, or None."""
        wanted = (level or "").strip().lower()
        return next((plan for plan in self.plans if wanted in (plan.level.lower(), plan.name)), None)

    def by_rate(self, requests_per_minute: int | None) -> Plan | None:
        """Return the plan with exactly this limit, or None."""
        if requests_per_minute is None:
            return None
        return next((plan for plan in self.plans if plan.requests_per_minute == requests_per_minute), None)


def read_plans(tree: Any) -> Ladder:
    """Build the ladder from the tree of plans.yaml."""
    rows = tree.get("plans") if isinstance(tree, dict) else None
    if not isinstance(rows, list) or not rows:
        raise SpecError("plans.yaml: no list `plans`; expected at least one plan, cheapest first")
    plans = []
    for rank, row in enumerate(rows):
        if not isinstance(row, dict) or not isinstance(row.get("name"), str):
            raise SpecError(f"plans.yaml: plan {rank + 1} has no `name`")
        plans.append(_plan(rank, row))
    notes = tree.get("notes") or []
    if not isinstance(notes, list):
        raise SpecError(f"plans.yaml: notes: expected a list, found {type(notes).__name__}")
    return Ladder(tuple(plans), tuple(str(note) for note in notes))


def _plan(rank: int, row: dict[str, Any]) -> Plan:
    name = row["name"]
    if not _NAME.fullmatch(name):
        # It is part of the names of folders.
        raise SpecError(f"plans.yaml: name {name!r}; expected small letters, digits, and - . _ between them")
    rate, floor, history, price = (
        row.get(key) for key in ("requests_per_minute", "interval_floor", "history", "price_usd_month")
    )
    if rate is not None and (isinstance(rate, bool) or not isinstance(rate, int) or rate < 1):
        raise SpecError(f"plans.yaml: {name}: requests_per_minute {rate!r}; expected a whole number, or null")
    if price is not None and (isinstance(price, bool) or not isinstance(price, int | float)):
        raise SpecError(f"plans.yaml: {name}: price_usd_month {price!r}; expected a number, or null")
    if history is not None and not isinstance(history, dict):
        raise SpecError(f"plans.yaml: {name}: history {history!r}; expected a map of interval to span")
    try:
        if floor is not None:
            seconds(str(floor))
        reaches = None if history is None else {width: _reach(reach) for width, reach in history.items()}
    except SpecError as error:
        raise SpecError(f"plans.yaml: {name}: {error}") from None
    return Plan(name, rank, str(row.get("level", name)), rate, floor, reaches, price)


def _reach(text: Any) -> int | None:
    return None if text == "all" else seconds(str(text))
