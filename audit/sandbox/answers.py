"""Makes the body of a success: the documented shape, filled with fresh data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from audit.sandbox.clock import DAY, TIME_UNITS
from audit.sandbox.market import COIN, Market
from audit.sandbox.rows import Compiler
from audit.sandbox.series import moments, wanted_rows
from audit.sandbox.values import Asked, Column, Frame, text_key
from audit.spec.catalog import Spec
from audit.spec.operations import Operation, Parameter

_EXPIRES_IN = 300 * DAY
_EXPIRED_FOR = 30 * DAY
_BESIDE_THE_POINT = ("limit", "start", "end", "page")


class Answers:
    """Answers every operation of a description.

    The same seed, operation, parameters and clock give the same body. What a request cuts out of a
    series (limit, start, end, page) does not change the values in it.
    """

    def __init__(self, spec: Spec, seed: int, market: Market) -> None:
        self._spec = spec
        self._seed = seed
        self._market = market
        self._columns: dict[str, Column] = {}
        self._envelopes: dict[str, dict[str, Any]] = {}

    def learn_pairs(self, now: float) -> None:
        """Let the market know the pairs that the listing operations answer."""
        for authority in self._spec.provider.pairs:
            operation = self._spec.operations.get(authority.operation)
            if operation is not None:
                plan = self._spec.ladder.names[-1]
                self._market.learn(authority, self.data(operation, {}, plan, now))

    def body(self, operation: Operation, values: Mapping[str, str], plan: str, now: float) -> dict[str, Any]:
        """Return a success for checked parameters, asked at ``now`` (epoch seconds)."""
        return {
            **self._envelope(operation),
            self._spec.provider.envelope.data: self.data(operation, values, plan, now),
        }

    def account(self, operation: Operation, plan: str, now: float, expired: bool) -> dict[str, Any]:
        """Return what the account operation tells about a key of a plan."""
        body = self.body(operation, {}, plan, now)
        account = self._spec.provider.account
        data = body[self._spec.provider.envelope.data]
        if account is not None and isinstance(data, dict):
            schema = operation.schema["properties"][self._spec.provider.envelope.data]["properties"]
            unit = TIME_UNITS.get(str(schema.get(account.expires, {}).get("x-time", "ms")), 1000)
            ends = int(now) + (-_EXPIRED_FOR if expired else _EXPIRES_IN)
            data[account.level] = self._spec.ladder.get(plan).level
            data[account.expires] = ends * unit
            data[account.expired] = expired
        return body

    def data(self, operation: Operation, values: Mapping[str, str], plan: str, now: float) -> Any:
        """Return the payload alone."""
        listing = self._market.listing(operation)
        asker = operation.parameter("exchange") if listing else None
        only = values.get(asker.name) if asker else None
        if asker is not None:
            values = {name: value for name, value in values.items() if name != asker.name}
        data = self._fill(operation, values, plan, now)
        return self._market.expand(listing, data, only) if listing else data

    def _fill(self, operation: Operation, values: Mapping[str, str], plan: str, now: float) -> Any:
        key = text_key(self._seed, operation.id, *(_said(one, values) for one in operation.parameters))
        period = max(60, operation.updates or 60)
        snapshot = int(now // period)
        page = operation.parameter("page")
        asked = Asked(
            key=key,
            values=values,
            moments=moments(operation, self._spec.ladder, plan, values, now, key),
            limit=wanted_rows(operation, values),
            page=int(values.get(page.name, 1)) if page else 1,
        )
        frame = Frame(asked, [snapshot], [snapshot - 1], [0], [snapshot * period], False)
        return self._column(operation)(frame)[0]

    def _column(self, operation: Operation) -> Column:
        if operation.id not in self._columns:
            name = self._spec.provider.envelope.data
            schema = operation.schema.get("properties", {}).get(name, {"type": "object"})
            authority = self._market.authority(operation)
            aliases = {authority.coin: COIN} if authority and operation.parameter("pair") else {}
            times = operation.series.times if operation.series else ""
            self._columns[operation.id] = Compiler(operation, times, aliases).compile(schema, (name,))
        return self._columns[operation.id]

    def _envelope(self, operation: Operation) -> dict[str, Any]:
        """Return what stands beside the payload; a field comes if it is required or shows a value.

        Of several fields for a message the first is sent, unless the operation requires another.
        """
        if operation.id in self._envelopes:
            return self._envelopes[operation.id]
        envelope = self._spec.provider.envelope
        properties: Mapping[str, Any] = operation.schema.get("properties", {})
        required = operation.schema.get("required", ())
        spoken = [name for name in envelope.messages if name in required] or list(envelope.messages[:1])
        made: dict[str, Any] = {envelope.code: envelope.success}
        if properties.get(envelope.code, {}).get("type") == "integer":
            made[envelope.code] = int(envelope.success)
        made.update(dict.fromkeys(spoken, "success"))
        for name, schema in properties.items():
            if name in made or name in envelope.messages or name == envelope.data:
                continue
            shown = [schema["const"]] if "const" in schema else [*schema.get("examples", ())]
            if name in required or shown:
                made[name] = shown[0] if shown else True if schema.get("type") == "boolean" else "success"
        self._envelopes[operation.id] = made
        return made


def _said(parameter: Parameter, values: Mapping[str, str]) -> str:
    """Return a parameter as far as data depend on it; a list of exchanges has no order."""
    if parameter.role in _BESIDE_THE_POINT:
        return ""
    value = values.get(parameter.name) or str(parameter.schema.get("default", ""))
    if parameter.role == "exchange-list":
        return ",".join(sorted(value.split(",")))
    return value
