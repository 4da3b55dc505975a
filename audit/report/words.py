"""Words that all outputs share, and text from outside made harmless. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from audit.model import (
    SUBSCRIBE,
    Advice,
    Alternative,
    Finding,
    KeyFacts,
    Location,
    Observation,
    Outcome,
    Readiness,
    Run,
    Scanned,
    Severity,
    Standing,
    TargetKind,
    Verdict,
    Waiver,
)

OPEN = (Verdict.AVAILABLE, Verdict.EMPTY)
# Finds what a ledger holds that counts; other ledgers are told and weigh nothing.
CLAIM_RULE = "claim-contradicted"
NO_WORD = (Verdict.UNREACHABLE, Verdict.RATE_LIMITED)
# Files that a line names, and how much of a name.
MOST_NAMED, MOST_OF_A_NAME = 5, 200

# Characters that do something instead of being seen: controls, bidirectional overrides, zero
# width, line separators, tags, and halves of surrogate pairs.
UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_COMMAND = re.compile(r"^\s*::|##(?=\w*\[)", re.MULTILINE)
_SPACE = re.compile(r"[\t\n\r\v\f\x85\u2028\u2029]+")

_MEANING = {
    Outcome.GO: "everything asked answered as promised",
    Outcome.NO_GO: "something is not as promised",
    Outcome.INCOMPLETE: "not enough was seen to decide",
}
_MEANING_OF_CODE = {
    Outcome.GO: "the code relies on what is promised today",
    Outcome.NO_GO: "the code relies on what is not promised today",
    Outcome.INCOMPLETE: "nothing was found to decide on",
}


def plain(text: object, most: int | None = None) -> str:
    """Return text from outside as one line without effects; what is not printable is spelled out.

    ``most`` limits its length; the rest becomes an ellipsis.
    """
    told = str(text)
    # What is far too long is not read to its end; of what is left even much space leaves enough.
    endless = most is not None and len(told) > 16 * most
    told = _SPACE.sub(" ", told[: 16 * most] if most and endless else told)
    if most is not None and (endless or len(told) > most):
        told = told[: most - 1].rstrip() + "…"
    return UNSAFE.sub(lambda match: spelled(match[0]), told)


def inert(text: str) -> str:
    """Return lines of which no CI takes one for a command, and none is longer than before.

    A runner acts on what it finds in a log: a line that begins with two colons, two number signs before
    a word in brackets.
    """
    return _COMMAND.sub(lambda match: "#" if match[0] == "##" else match[0][:-2] + "∷", text)


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
    meanings = _MEANING_OF_CODE if run.target.kind is TargetKind.CODE else _MEANING
    return meanings[run.decision.outcome]


def audited_plan(run: Run) -> str | None:
    """Return the plan that the answers were held against."""
    return run.plan.declared or run.plan.detected


def plan_words(run: Run) -> str:
    """Say which plan was audited, and whether the key agrees; code has no key."""
    declared, detected = run.plan.declared, run.plan.detected
    if run.target.kind is TargetKind.CODE:
        return declared or "none given"
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


def scan_words(scanned: Scanned) -> str:
    """Say how many files were read, and why others were not."""
    told = f"{counted(scanned.files, 'file')} looked at, {scanned.read:,} of them judged"
    if scanned.read_as_text:
        told += f", {len(scanned.read_as_text):,} as mere text"
    if scanned.skipped:
        reasons = ", ".join(f"{number:,} {reason}" for reason, number in sorted(scanned.skipped.items()))
        told += f"; skipped: {reasons}"
    return told


def skipped_words(scanned: Scanned) -> tuple[str, ...]:
    """Name what was not read, a line for each reason."""
    named: dict[str, list[str]] = {}
    for skipped in scanned.skipped_files:
        detail = f" ({skipped.detail})" if skipped.detail else ""
        named.setdefault(skipped.reason, []).append(skipped.file + detail)
    return tuple(
        first_named(f"skipped, {reason}", files, scanned.skipped.get(reason, len(files)))
        for reason, files in sorted(named.items())
    )


def first_named(what: str, files: Sequence[str], count: int) -> str:
    """Name the first few of ``count`` files; their names come from outside."""
    shown = ", ".join(plain(file, MOST_OF_A_NAME) for file in files[:MOST_NAMED])
    more = count - min(len(files), MOST_NAMED)
    return f"{what}: {shown}" + (f" and {more:,} more" if more else "")


def changes(one: Alternative) -> tuple[tuple[tuple[str, ...], tuple[str, ...], str], ...]:
    """Put together what a cheaper plan refuses: operations, what stands in for them, what that lacks.

    Operations that nothing stands in for come last.
    """
    found: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for name in one.without:
        found.setdefault((one.stand_ins.get(name, ()), one.lacks.get(name, "")), []).append(name)
    ordered = sorted(found.items(), key=lambda item: not item[0][0])
    return tuple((tuple(names), instead, lacks) for (instead, lacks), names in ordered)


def wider(one: Alternative) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Put together operations that need a wider interval on a cheaper plan, by that interval."""
    floors: dict[str, list[str]] = {}
    for name, floor in sorted(one.wider.items()):
        floors.setdefault(floor, []).append(name)
    return tuple((floor, tuple(names)) for floor, names in floors.items())


def alternative_words(one: Alternative, most: int) -> str:
    """Say what a cheaper plan would take, as the rest of a sentence that begins with the plan."""
    without = tuple(
        f"{some(names, 2)} ({f'instead: {some(instead, 3)}' if instead else 'nothing stands in'})"
        for names, instead, _ in changes(one)
    )
    parts = [f"without {some(without, most)}"] if without else []
    parts += [f"intervals from {floor} on for {some(names, 2)}" for floor, names in wider(one)]
    return "; ".join(parts)


def because_words(advice: Advice) -> tuple[str, ...]:
    """Name each operation that forces the plan, with its first place and the number of further ones."""
    places: dict[str, list[str]] = {}
    for because in advice.because:
        at = spot(Location(file=because.file, line=because.line)) if because.file else ""
        places.setdefault(because.operation, []).append(at)
    return tuple(
        name + (f" ({rows[0]}{f' and {len(rows) - 1} more' if len(rows) > 1 else ''})" if rows[0] else "")
        for name, rows in places.items()
    )


def elsewhere(run: Run) -> str:
    """Say where everything is, in an output that shows the first few; a scan writes no file."""
    return "see --format json" if run.target.kind is TargetKind.CODE else "see run.json"


def whole(run: Run) -> str:
    """Say where everything is that paper leaves out."""
    return f"the page itself and {elsewhere(run).removeprefix('see ')}"


def spot(where: Location) -> str:
    """Return a file with its line: ``bot.py:12``."""
    return where.file if where.line is None else f"{where.file}:{where.line}"


def place(finding: Finding) -> str | None:
    """Return where in a file a finding stands: ``bot.py:12:8``."""
    where = finding.location
    if where is None:
        return None
    return ":".join(str(part) for part in (where.file, where.line, where.column) if part is not None)


def request(observation: Observation) -> str:
    """Return what was asked, in one line: ``GET /api/…?name=value``, as findings quote it.

    The name of a channel holds its parameters already.
    """
    if observation.method == SUBSCRIBE:
        return f"{SUBSCRIBE} {observation.path}"
    query = "&".join(f"{name}={value}" for name, value in observation.params.items())
    return f"{observation.method} {observation.path}" + (f"?{query}" if query else "")


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


def waiver_words(waiver: Waiver) -> str:
    """Say who waived until when and why, as the rest of a sentence."""
    return f"waived until {waiver.until} by {waiver.by}: {waiver.reason}"


def findings_words(severities: tuple[tuple[Severity, int], ...], waived: int) -> str:
    """Return how many findings weigh what, such as ``2 errors, 1 note, 3 waived``; nothing for none."""
    parts = [counted(number, severity.value) for severity, number in severities]
    return ", ".join([*parts, *([f"{waived:,} waived"] if waived else [])])


def claim_words(run: Run) -> str:
    """Return how many claims stand how, such as ``3 contradicted, 9 confirmed``."""
    order = (Standing.CONTRADICTED, Standing.CONFIRMED, Standing.NOT_CHECKABLE)
    counts = [(sum(claim.standing is one for claim in run.claims), one.value) for one in order]
    return ", ".join(f"{number:,} {standing}" for number, standing in counts if number)


def claims_apart(run: Run) -> str | None:
    """Say of contradicted claims why they are no findings; None where there are none such."""
    contradicted = sum(claim.standing is Standing.CONTRADICTED for claim in run.claims)
    left = contradicted - sum(finding.rule == CLAIM_RULE for finding in run.findings)
    if left <= 0:
        return None
    told = f"{counted(left, 'contradicted claim')} {'is no finding' if left == 1 else 'are no findings'}"
    return f"{told}: claims are about documents and count only with --claims."


def readiness_words(run: Run) -> str:
    """Return how many lines of the checklists stand how, such as ``2 × fails, 3 × needs a person``."""
    counts = [(sum(line.status is one for line in run.readiness), one.value) for one in Readiness]
    return ", ".join(f"{number:,} × {status}" for number, status in counts if number)
