"""Which base URLs a key may be sent to."""

from __future__ import annotations

import ipaddress
import re
from contextlib import suppress
from urllib.parse import urlsplit

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
    example = "expected something like https://api.example.com"
    if "@" in text:
        raise UsageError(
            "the base URL carries a user name or password; leave it out, a key goes in the environment"
        )
    # What stands behind these may be a key.
    shown = text.split("?", maxsplit=1)[0].split("#", maxsplit=1)[0]
    try:
        parts = urlsplit(text.strip())
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise UsageError(f"base URL {shown!r} cannot be read ({error}); {example}") from None
    if "://" not in text:
        raise UsageError(f"base URL {shown!r} has no scheme; put https:// in front")
    if parts.scheme not in ("http", "https"):
        raise UsageError(
            f"base URL {shown!r} has the scheme {parts.scheme}; only https (and http on loopback) is used"
        )
    if not host:
        raise UsageError(f"base URL {shown!r} names no host; {example}")
    if not _is_host(host):
        raise UsageError(f"base URL {shown!r} names a host that cannot be one: {host!r}; {example}")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise UsageError(
            f"base URL {shown!r} has a path or query; the description's paths are put behind it, "
            f"so leave only {parts.scheme}://{parts.netloc}"
        )
    if parts.scheme == "http" and not is_loopback(host):
        raise UsageError(
            f"base URL {shown!r} would send the key unencrypted; use https, or a loopback address"
        )
    return f"{parts.scheme}://{parts.netloc}"
