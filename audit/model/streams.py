"""What a channel did after it was subscribed to."""

from __future__ import annotations

from audit.model.words import Frozen

# What stands for the method in an observation of a channel.
SUBSCRIBE = "SUBSCRIBE"
# The group that channels make among those of the operations.
CHANNEL_GROUP = "channels"


class StreamFacts(Frozen):
    """One channel as it was heard; None stands for what was not reached.

    ``name`` is what was subscribed to, ``bound_seconds`` how long a first message was waited for and
    ``first_seconds`` when it came. ``rows`` are counted over all ``messages``. ``gap_seconds`` is how long
    nothing arrived around a drop of the connection that the probe caused itself, until the first message
    after subscribing anew. ``unsubscribed`` says whether messages stopped when they were to stop.
    ``url`` is what was connected to, without the key (None for the sandbox in this process), and
    ``subscribe`` the text that asks for the channel.
    """

    channel: str
    name: str
    bound_seconds: float
    first_seconds: float | None = None
    messages: int = 0
    rows: int = 0
    pings: int = 0
    pongs: int = 0
    gap_seconds: float | None = None
    unsubscribed: bool | None = None
    url: str | None = None
    subscribe: str | None = None
