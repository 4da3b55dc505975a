"""Which base URLs are taken, what they become, and what a refusal says."""

from __future__ import annotations

import asyncio

import pytest

from audit.client.base_url import check_base_url, is_loopback
from audit.errors import UsageError
from tests.client.raw_server import client

TAKEN = [
    ("https://api.example.com", "https://api.example.com"),
    ("https://api.example.com/", "https://api.example.com"),
    ("  https://api.example.com\n", "https://api.example.com"),
    ("HTTPS://api.example.com", "https://api.example.com"),
    ("https://api.example.com:8443", "https://api.example.com:8443"),
    ("https://api.example.com.", "https://api.example.com."),
    ("https://under_score.example.com", "https://under_score.example.com"),
    ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
    ("https://192.0.2.1", "https://192.0.2.1"),
    ("https://[2001:db8::1]:443", "https://[2001:db8::1]:443"),
    ("http://127.0.0.1:8700", "http://127.0.0.1:8700"),
    ("http://127.9.9.9", "http://127.9.9.9"),
    ("http://localhost:1", "http://localhost:1"),
    ("http://LocalHost", "http://LocalHost"),
    ("http://[::1]:8700", "http://[::1]:8700"),
    ("https://localhost", "https://localhost"),
]
REFUSED = [
    ("", "no scheme"),
    ("   ", "no scheme"),
    ("api.example.com", "no scheme"),
    ("localhost:8700", "no scheme"),
    ("//api.example.com", "no scheme"),
    ("ftp://api.example.com", "scheme ftp"),
    ("wss://api.example.com", "scheme wss"),
    ("file:///etc/passwd", "scheme file"),
    ("https://", "no host"),
    ("https://:443", "no host"),
    ("https:///path", "no host"),
    ("https://user:hidden@api.example.com", "user name or password"),
    ("https://hidden@api.example.com", "user name or password"),
    ("https://localhost\\@evil.example", "user name or password"),
    ("https://api.example.com/v4", "path or query"),
    ("https://api.example.com/?a=b", "path or query"),
    ("https://api.example.com?key=hidden", "path or query"),
    ("https://api.example.com/?key=hidden", "path or query"),
    ("https://api.example.com#hidden", "path or query"),
    ("https://api.example.com:99999", "cannot be read"),
    ("https://api.example.com:port", "cannot be read"),
    ("https://[::1", "cannot be read"),
    ("https://[nonsense]", "base URL"),
    ("https://exa mple.com", "cannot be one"),
    ("https://a..b", "cannot be one"),
    ("https://-", "cannot be one"),
    ("https://*.example.com", "cannot be one"),
    ("https://" + "a" * 64 + ".com", "cannot be one"),
    ("https://" + "a." * 127 + "com", "cannot be one"),
    ("https://bücher.example", "cannot be one"),
    ("https://api.example.com%2eevil.example", "cannot be one"),
    ("http://api.example.com", "unencrypted"),
    ("http://127.0.0.1.evil.example", "unencrypted"),
    ("http://localhost.evil.example", "unencrypted"),
    ("http://0.0.0.0:80", "unencrypted"),
    ("http://192.168.1.1", "unencrypted"),
    ("http://2130706433", "unencrypted"),
    ("http://[::ffff:192.0.2.1]", "unencrypted"),
]


@pytest.mark.parametrize(("text", "url"), TAKEN)
def test_taken(text: str, url: str) -> None:
    assert check_base_url(text) == url
    assert check_base_url(url) == url

    async def opened() -> None:
        # What was taken here must be good enough for the library too.
        async with client(check_base_url(text), key=None):
            pass

    asyncio.run(opened())


@pytest.mark.parametrize(("text", "words"), REFUSED)
def test_refused_with_words_and_without_what_may_be_a_key(text: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_base_url(text)
    message = str(caught.value)
    assert words in message
    assert "hidden" not in message
    assert message.isprintable()


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True), ("LOCALHOST", True), ("localhost.", True), ("127.0.0.1", True),
        ("127.255.255.254", True), ("::1", True), ("0:0:0:0:0:0:0:1", True),
        ("", False), ("192.0.2.1", False), ("::", False), ("10.0.0.1", False), ("localhost.example", False),
        ("127.0.0.1.example", False), ("127.1", False), ("1.1.1.1", False), ("my-localhost", False),
    ],
)  # fmt: skip
def test_which_hosts_are_this_machine(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
