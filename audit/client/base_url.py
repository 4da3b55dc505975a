"""Which base URLs a key may be sent to."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from audit.errors import UsageError


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine itself."""
    if host.lower() in ("localhost", "localhost."):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_base_url(text: str) -> str:
    """Return the base URL without a trailing slash; raises UsageError saying what to change."""
    example = "expected something like https://api.example.com"
    try:
        parts = urlsplit(text.strip())
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise UsageError(f"base URL {text!r} cannot be read ({error}); {example}") from None
    if "://" not in text:
        raise UsageError(f"base URL {text!r} has no scheme; put https:// in front")
    if parts.scheme not in ("http", "https"):
        raise UsageError(
            f"base URL {text!r} has the scheme {parts.scheme}; only https (and http on loopback) is used"
        )
    if not host:
        raise UsageError(f"base URL {text!r} names no host; {example}")
    if parts.username is not None or parts.password is not None:
        raise UsageError(
            "the base URL carries a user name or password; leave it out, a key goes in the environment"
        )
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise UsageError(
            f"base URL {text!r} has a path or query; the description's paths are put behind it, "
            f"so leave only {parts.scheme}://{parts.netloc}"
        )
    if parts.scheme == "http" and not is_loopback(host):
        raise UsageError(
            f"base URL {text!r} would send the key unencrypted; use https, or a loopback address"
        )
    return f"{parts.scheme}://{parts.netloc}"
