"""Which base URLs a key may be sent to."""

from __future__ import annotations

import ipaddress
import re
from contextlib import suppress
from urllib.parse import SplitResult, urlsplit

from audit.errors import UsageError

_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\Z")


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine itself."""
    if host.lower() in ("localhost", "localhost."):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_host(host: str) -> bool:
    """Whether a name can be looked up (in ASCII, as the wire has it) or is an address."""
    if ":" in host:
        with suppress(ValueError):
            return bool(ipaddress.ip_address(host))
        return False
    return len(host) <= 253 and all(_LABEL.match(label) for label in host.removesuffix(".").split("."))


def check_base_url(text: str) -> str:
    """Return the base URL without a trailing slash; raises UsageError saying what to change."""
    parts, shown = _check(text, "base URL", "http", "https://api.example.com")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise UsageError(
            f"base URL {shown!r} has a path or query; the description's paths are put behind it, "
            f"so leave only {parts.scheme}://{parts.netloc}"
        )
    return f"{parts.scheme}://{parts.netloc}"


def check_ws_url(text: str) -> str:
    """Return the address of channels; raises UsageError saying what to change."""
    parts, shown = _check(text, "WebSocket URL", "ws", "wss://stream.example.com/path")
    if parts.query or parts.fragment:
        raise UsageError(
            f"WebSocket URL {shown!r} has a query; the key is put behind it, so leave only the path"
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


def _check(text: str, what: str, scheme: str, like: str) -> tuple[SplitResult, str]:
    """Check all but the path: return the parts, and the text up to where a key might stand.

    ``scheme`` is for loopback alone; with an ``s`` behind it is for any host.
    """
    example = f"expected something like {like}"
    if "@" in text:
        raise UsageError(
            f"the {what} carries a user name or password; leave it out, a key goes in the environment"
        )
    # What stands behind these may be a key.
    shown = text.split("?", maxsplit=1)[0].split("#", maxsplit=1)[0]
    try:
        parts = urlsplit(text.strip())
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise UsageError(f"{what} {shown!r} cannot be read ({error}); {example}") from None
    if "://" not in text:
        raise UsageError(f"{what} {shown!r} has no scheme; put {scheme}s:// in front")
    if parts.scheme not in (scheme, f"{scheme}s"):
        raise UsageError(
            f"{what} {shown!r} has the scheme {parts.scheme}; "
            f"only {scheme}s (and {scheme} on loopback) is used"
        )
    if not host:
        raise UsageError(f"{what} {shown!r} names no host; {example}")
    if not _is_host(host):
        raise UsageError(f"{what} {shown!r} names a host that cannot be one: {host!r}; {example}")
    if parts.scheme == scheme and not is_loopback(host):
        raise UsageError(
            f"{what} {shown!r} would send the key unencrypted; use {scheme}s, or a loopback address"
        )
    return parts, shown
