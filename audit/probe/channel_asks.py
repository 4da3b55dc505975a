"""What to subscribe to: a channel's name, its parameters chosen as those of a request are. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from audit.model import Verdict
from audit.probe.symbols import Table, Wish, choose, source_for
from audit.spec.catalog import Spec
from audit.spec.channels import Channel
from audit.spec.plans import Plan


@dataclass(frozen=True)
class ChannelAsk:
    """One channel to listen to. ``wrong`` says why it need not be: its name holds what does not exist."""

    channel: Channel
    name: str
    params: Mapping[str, str]
    expected: Verdict
    wrong: str | None = None


def channel_ask(
    spec: Spec, channel: Channel, plan: Plan, tables: Mapping[str, Table], wish: Wish
) -> ChannelAsk:
    """Choose the name to subscribe to; ``tables`` are the lists of pairs, by the operation that has them."""
    source = source_for(channel, spec.provider)
    chosen = choose(channel, tables.get(source.operation, {}) if source else {}, wish)
    return named_ask(spec, channel, plan, channel.name(chosen.values), chosen.wrong)


def named_ask(spec: Spec, channel: Channel, plan: Plan, name: str, wrong: str | None = None) -> ChannelAsk:
    """Return the ask for a name that is chosen already, with what the plan promises of its channel."""
    allowed = channel.allowed(spec.ladder, plan.name)
    return ChannelAsk(
        channel=channel,
        name=name,
        params=channel.values(name) or {},
        expected=Verdict.AVAILABLE if allowed else Verdict.PLAN_GATED,
        wrong=wrong,
    )
