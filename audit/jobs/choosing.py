"""What a run asks: which operations, which channels, and where channels are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from audit.client.base_url import check_ws_url
from audit.errors import UsageError
from audit.jobs.settings import Aim, Settings
from audit.model import TargetKind
from audit.probe.symbols import source_for
from audit.spec.catalog import Spec
from audit.spec.operations import Operation
from audit.spec.selecting import fits, select

if TYPE_CHECKING:
    from audit.spec.channels import Channel, Stream


@dataclass(frozen=True)
class Chosen:
    """What is asked. ``ws_url`` is where channels are, without the key; None where none is asked."""

    operations: tuple[Operation, ...]
    channels: tuple[Channel, ...] = ()
    ws_url: str | None = None


def choose(spec: Spec, settings: Settings, target: Aim) -> Chosen:
    """Choose by --only, --channels and --no-channels.

    A pattern that fits no operation but a channel asks for that channel, unless channels are refused.
    Raises UsageError for a pattern that fits neither, and for a --ws-url that is of no use.
    """
    operations, channels = _matching(spec, settings)
    if channels:
        operations = _with_lists(spec, operations, channels)
        return Chosen(_with_account(spec, operations), channels, _ws_url(spec, settings, target))
    if settings.ws_url is not None:
        raise UsageError("--ws-url is where channels are asked, and none is; add --channels, or leave it out")
    return Chosen(_with_account(spec, operations))


def stream_of(spec: Spec) -> Stream:
    """Return what is described of channels; raises UsageError where nothing is."""
    if spec.stream is None:
        raise UsageError(f"{spec.folder} describes no channels; leave out --channels and --ws-url")
    return spec.stream


def _matching(spec: Spec, settings: Settings) -> tuple[tuple[Operation, ...], tuple[Channel, ...]]:
    strange = [pattern for pattern in settings.only if not fits(pattern, spec.operations)]
    if settings.channels is False or not (settings.channels or strange):
        return spec.select(settings.only), ()
    operations, channels = select(spec, settings.only)
    if settings.channels:
        return operations, channels
    return operations, tuple(one for one in channels if any(fits(pattern, [one.id]) for pattern in strange))


def _ws_url(spec: Spec, settings: Settings, target: Aim) -> str:
    """Return where channels are asked, without the key; raises UsageError where the target is another."""
    stream = stream_of(spec)
    path = urlsplit(stream.url).path
    if target.in_process:
        if settings.ws_url is not None:
            raise UsageError(
                "--ws-url names a server, but the requests go to the sandbox in this process; "
                "name the same server's address for requests with --base-url"
            )
        return f"ws://127.0.0.1{path}"
    live = target.target.kind is TargetKind.LIVE
    if settings.ws_url is None:
        parts = urlsplit(target.base_url)
        secure = "wss" if parts.scheme == "https" else "ws"
        return stream.url if live else f"{secure}://{parts.netloc}{path}"
    url = check_ws_url(settings.ws_url)
    if (urlsplit(url).hostname == urlsplit(stream.url).hostname) is not live:
        said = ("is not the live API, but", "is it") if live else ("is the live API, but", "is not")
        raise UsageError(
            f"--ws-url {url} {said[0]} {target.base_url} {said[1]}; an audit is of one server, "
            "so name both of it, with --base-url and --ws-url"
        )
    return url


def _with_lists(
    spec: Spec, operations: tuple[Operation, ...], channels: Iterable[Channel]
) -> tuple[Operation, ...]:
    """Return the operations, and the lists that say how the pairs and coins of channels are spelled."""
    sources = (
        source_for(one, spec.provider) for one in channels if one.parameter("pair") or one.parameter("coin")
    )
    lists = dict.fromkeys(source.operation for source in sources if source is not None)
    more = (spec.operations[name] for name in lists if name in spec.operations)
    return (*operations, *(one for one in more if one not in operations))


def _with_account(spec: Spec, chosen: tuple[Operation, ...]) -> tuple[Operation, ...]:
    """The account is always asked: it is how a key is known to work at all."""
    account = spec.provider.account
    own = spec.operations.get(account.operation) if account else None
    return (own, *chosen) if own is not None and own not in chosen else chosen
