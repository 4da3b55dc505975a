"""From what came back to a verdict. Pure: the refusal rules are data, the answer is a value."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from pydantic_core import from_json

from audit.client.answers import Complete, Outcome, Spoilt, Unanswered
from audit.model import Verdict
from audit.spec.operations import Operation
from audit.spec.paths import values_at
from audit.spec.provider import Provider
from audit.spec.refusals import Content, Refusals, Signs

MAX_MESSAGE = 300


@dataclass(frozen=True)
class Reading:
    """One answer, read.

    ``rule`` is the refusal rule that decided, or what broke; ``retry`` whether it may pass by
    itself; ``body`` the parsed answer, None unless the verdict is available or empty.
    ``limit`` and ``used`` are requests per window as the headers state them, ``retry_after`` is in
    seconds, ``server_time`` in epoch seconds.
    """

    verdict: Verdict
    rule: str
    retry: bool
    http_status: int | None = None
    code: str | None = None
    message: str | None = None
    body: Any = None
    rows: int | None = None
    size: int | None = None
    seconds: float = 0.0
    limit: int | None = None
    used: int | None = None
    retry_after: float | None = None
    server_time: float | None = None


def read(
    outcome: Outcome, operation: Operation | None, provider: Provider, refusals: Refusals, worked: bool
) -> Reading:
    """Classify one answer; ``worked``: the key has been answered before.

    Without an operation, as at a handshake, no rows are counted and a success is ``empty``.
    """
    match outcome:
        case Unanswered(fault, detail, elapsed):
            return Reading(Verdict.UNREACHABLE, fault, True, message=clip(detail), seconds=elapsed)
        case Spoilt():
            return _read_spoilt(outcome, provider, refusals, worked)
        case Complete():
            return _read_complete(outcome, operation, provider, refusals, worked)


def _read_spoilt(spoilt: Spoilt, provider: Provider, refusals: Refusals, worked: bool) -> Reading:
    # The body is lost, the status stands.
    chosen = refusals.classify(Signs(spoilt.status, "other", None, "", worked))
    success = spoilt.status // 100 == 2
    return Reading(
        Verdict.UNREADABLE if success else chosen.verdict,
        spoilt.flaw if success else chosen.id,
        spoilt.flaw == "truncated" if success else chosen.retry,
        http_status=spoilt.status,
        message=clip(spoilt.detail),
        size=spoilt.received,
        seconds=spoilt.seconds,
        **_headers(spoilt.headers, provider),
    )


def _read_complete(
    answer: Complete, operation: Operation | None, provider: Provider, refusals: Refusals, worked: bool
) -> Reading:
    content, body, problem = _parse(answer.body, provider)
    envelope = provider.envelope
    code = _text(body.get(envelope.code)) if content == "json" else None
    message = problem or ""
    if content == "json":
        message = next((str(body[name]) for name in envelope.messages if body.get(name) is not None), "")
    elif 300 <= answer.status < 400:
        message = f"redirects to {answer.headers.get('location', 'nowhere')}; not followed"
    rule = refusals.classify(Signs(answer.status, content, code, message, worked))
    verdict, rows = rule.verdict, None
    if verdict is Verdict.AVAILABLE:
        rows = count_rows(body, operation, provider) if operation else 0
        verdict = Verdict.AVAILABLE if rows else Verdict.EMPTY
    return Reading(
        verdict,
        rule.id,
        rule.retry,
        http_status=answer.status,
        code=None if code is None else clip(code),
        message=clip(message) or None,
        body=body if rule.verdict is Verdict.AVAILABLE else None,
        rows=rows,
        size=len(answer.body),
        seconds=answer.seconds,
        **_headers(answer.headers, provider),
    )


def count_rows(body: dict[str, Any], operation: Operation, provider: Provider) -> int:
    """Return how many rows an answer has: moments of a series, items of a list, 1 for an object."""
    data = body.get(provider.envelope.data)
    if operation.series is not None and isinstance(data, list | dict):
        moments = len(values_at(body, operation.series.times))
        # A list whose rows lost their time is not empty; the field check has its own word for that.
        return moments or (len(data) if isinstance(data, list) else 0)
    if isinstance(data, list):
        return len(data)
    if isinstance(data, dict):
        return 1 if any(value not in (None, [], {}) for value in data.values()) else 0
    return 0 if data is None else 1


def _parse(raw: bytes, provider: Provider) -> tuple[Content, Any, str | None]:
    text = raw.removeprefix(b"\xef\xbb\xbf")
    if not text.strip():
        return "empty", None, "no body"
    if text.lstrip()[:1] == b"<":
        return "html", None, f"HTML: {_title(text)}"
    try:
        body = from_json(text, allow_inf_nan=False)
    except (ValueError, RecursionError) as error:
        return "other", None, f"not JSON: {error}"
    if not isinstance(body, dict) or _text(body.get(provider.envelope.code)) is None:
        return "other", None, f"JSON without {provider.envelope.code!r}: {text[:80].decode(errors='replace')}"
    return "json", body, None


def _title(html: bytes) -> str:
    text = html[:4096].decode(errors="replace")
    start, end = text.lower().find("<title>"), text.lower().find("</title>")
    return text[start + 7 : end].strip() if 0 <= start < end else text[:60]


def _text(code: Any) -> str | None:
    """A code as text; true and false are no codes although Python counts them as numbers."""
    if isinstance(code, bool) or code is None or isinstance(code, dict | list):
        return None
    if isinstance(code, float) and code.is_integer():
        return str(int(code))
    return str(code)


def _headers(headers: Any, provider: Provider) -> dict[str, Any]:
    names = provider.rate_limit
    return {
        "limit": _count(headers.get(names.limit.lower())),
        "used": _count(headers.get(names.used.lower())),
        "retry_after": _retry_after(headers.get("retry-after"), headers.get("date")),
        "server_time": _moment(headers.get("date")),
    }


def _count(text: str | None) -> int | None:
    if text is None or not text.strip().isdecimal() or len(text) > 9:
        return None
    return int(text)


def _moment(text: str | None) -> float | None:
    if not text:
        return None
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return None


def _retry_after(text: str | None, date: str | None) -> float | None:
    """Seconds to wait: a number of seconds, or a date seen from the answer's own date."""
    if not text:
        return None
    seconds = _count(text.strip())
    if seconds is not None:
        return float(seconds)
    until, now = _moment(text), _moment(date)
    if until is None or now is None:
        return None
    return min(max(0.0, until - now), 999_999_999.0)


def clip(text: str) -> str:
    """One line of bounded length without control characters; it may come from anywhere."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return line if len(line) <= MAX_MESSAGE else line[: MAX_MESSAGE - 1] + "…"
