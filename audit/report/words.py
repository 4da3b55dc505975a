"""Words that all outputs share, and text from outside made harmless. Pure."""

from __future__ import annotations

import re
from datetime import datetime

from audit.model import Finding, KeyFacts, Observation, Outcome, Run, TargetKind, Verdict

OPEN = (Verdict.AVAILABLE, Verdict.EMPTY)
NO_WORD = (Verdict.UNREACHABLE, Verdict.RATE_LIMITED)

# Characters that do something instead of being seen: controls, bidirectional overrides, zero
# width, line separators, tags, and halves of surrogate pairs.
UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_SPACE = re.compile(r"[\t\n\r\v\f\x85\u2028\u2029]+")

_MEANING = {
    Outcome.GO: "everything asked answered as promised",
    Outcome.NO_GO: "something is not as promised",
    Outcome.INCOMPLETE: "not enough was seen to decide",
}


def plain(text: object, most: int | None = None) -> str:
    """Return text from outside as one line without effects; what is not printable is spelled out.

    ``most`` limits its length; the rest becomes an ellipsis.
    """
    told = _SPACE.sub(" ", str(text))
    if most is not None and len(told) > most:
        told = told[: most - 1].rstrip() + "…"
    return UNSAFE.sub(lambda match: spelled(match[0]), told)


def spelled(char: str) -> str:
    """Spell a character as its code: ``\\x1b``, ``\\u202e``."""
    code = ord(char)
    if code > 0xFFFF:
        return f"\\U{code:08x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def warning(run: Run) -> str | None:
    """Say that the run is no evidence about the live API; None where it is."""
    kind = run.target.kind
    return None if kind is TargetKind.LIVE else f"{kind.upper()}: says nothing about the live API"


def meaning(run: Run) -> str:
    """Return the decision in half a sentence, for those who do not know the words."""
    return _MEANING[run.decision.outcome]


def audited_plan(run: Run) -> str | None:
    """Return the plan that the answers were held against."""
    return run.plan.declared or run.plan.detected


def plan_words(run: Run) -> str:
    """Say which plan was audited, and whether the key agrees."""
    declared, detected = run.plan.declared, run.plan.detected
    if declared and detected:
        return declared if declared == detected else f"{declared} declared, {detected} found"
    if declared:
        return f"{declared} declared, not proved"
    return f"{detected} (from the key)" if detected else "not known"


def key_words(key: KeyFacts) -> str:
    """Say what the proofs come to: plan, agreement, expiry."""
    named = sum(proof.plan is not None for proof in key.proofs)
    told = [key.plan or "plan not known"]
    if key.agree:
        told.append(f"{counted(named, 'proof')} {'agrees' if named == 1 else 'agree'}")
    elif named < 2:
        told.append(f"{named} of {counted(len(key.proofs), 'proof')} could be had")
    else:
        told.append(
            "the proofs do NOT agree" if _differ(key) else f"{named} of {len(key.proofs)} proofs could be had"
        )
    told.append(expiry_words(key))
    return ", ".join(told)


def _differ(key: KeyFacts) -> bool:
    return len({proof.plan for proof in key.proofs if proof.plan}) > 1


def expiry_words(key: KeyFacts) -> str:
    """Say until when the key holds."""
    day = moment(key.expires_at) if key.expires_at else None
    if key.expired:
        return f"EXPIRED on {day}" if day else "EXPIRED"
    return f"expires {day}" if day else "expiry not known"


def moment(stamp: str) -> str:
    """Return an ISO 8601 moment as a reader writes it, or the text itself where it is none."""
    try:
        return datetime.fromisoformat(stamp).strftime("%Y-%m-%d %H:%M UTC")
    except ValueError:
        return stamp


def duration(run: Run) -> str | None:
    """Say how long the run took."""
    try:
        took = datetime.fromisoformat(run.finished_at) - datetime.fromisoformat(run.started_at)
    except (ValueError, TypeError):
        return None
    seconds = int(took.total_seconds())
    if seconds < 0:
        return None
    if seconds < 60:
        return f"{seconds} s" if seconds else "less than 1 s"
    return f"{seconds // 60} min {seconds % 60} s"


def place(finding: Finding) -> str | None:
    """Return where in a file a finding stands: ``bot.py:12:8``."""
    where = finding.location
    if where is None:
        return None
    return ":".join(str(part) for part in (where.file, where.line, where.column) if part is not None)


def said(observation: Observation) -> str:
    """Return what came back, in one line: status, code, words."""
    parts = []
    if observation.attempts == 0:
        parts.append("not sent")
    elif observation.http_status is None:
        parts.append("no answer")
    else:
        parts.append(f"HTTP {observation.http_status}")
    if observation.code is not None:
        parts.append(f"code {observation.code}")
    if observation.message:
        parts.append(f'"{observation.message}"')
    return ", ".join(parts)


def counted(number: int, noun: str) -> str:
    """Return ``1 request``, ``2 requests``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def some(names: tuple[str, ...], most: int) -> str:
    """Name the first few and count the rest."""
    if len(names) <= most + 1:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"
