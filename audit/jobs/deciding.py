"""From what was seen to go, no-go or incomplete. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from textwrap import shorten

from audit.model import (
    SUBSCRIBE,
    Decision,
    Finding,
    KeyFacts,
    Observation,
    Outcome,
    Run,
    Severity,
    Verdict,
    in_the_way,
)

ANSWERED = (Verdict.AVAILABLE, Verdict.EMPTY)
MAX_SENTENCE = 120
NO_WORD = (Verdict.UNREACHABLE, Verdict.RATE_LIMITED)


def decide(
    observations: Sequence[Observation],
    findings: Sequence[Finding],
    *,
    threshold: Severity = Severity.ERROR,
    not_asked: int = 0,
    stopped: str | None = None,
    key: KeyFacts | None = None,
) -> Decision:
    """Decide on one audit, with a sentence for each reason.

    ``not_asked`` counts requests that were planned and never made; ``stopped`` says why. A key that
    never worked makes everything else meaningless, so it comes first; then what is known to be
    wrong and not waived; then what is not known.
    """
    if not observations:
        return Decision(outcome=Outcome.INCOMPLETE, reasons=(_nothing(stopped),))
    if not _worked(observations):
        return Decision(outcome=Outcome.INCOMPLETE, reasons=(_never_worked(observations),))
    unknown = _unknown(observations, not_asked, stopped)
    heavy = in_the_way(findings, threshold)
    if heavy:
        return Decision(outcome=Outcome.NO_GO, reasons=(*_by_rule(heavy), *unknown))
    if unknown:
        return Decision(outcome=Outcome.INCOMPLETE, reasons=tuple(unknown))
    return Decision(outcome=Outcome.GO, reasons=_good(observations, findings, key))


def fold(probed: Run, code: Run) -> Decision:
    """Decide on a probe and on the code that is to run on the API, together.

    What is known to be wrong on either side stands in the way, and comes first. Code that makes no use
    of the API is told and decides nothing. A key that never worked leaves the whole undecided.
    """
    outcome, outcomes = Outcome.GO, [probed.decision.outcome]
    of_code = tuple(f"Code: {reason}" for reason in code.decision.reasons)
    if code.uses or code.decision.outcome is Outcome.NO_GO:
        outcomes.append(code.decision.outcome)
    else:
        of_code = ("Code: no use of the API was found, so there was nothing to judge.",)
    worked = _worked(probed.observations)
    if worked and Outcome.NO_GO in outcomes:
        outcome = Outcome.NO_GO
    elif not worked or Outcome.INCOMPLETE in outcomes:
        outcome = Outcome.INCOMPLETE
    sides = [(probed.decision.outcome, probed.decision.reasons), (code.decision.outcome, of_code)]
    if outcome is Outcome.NO_GO:
        sides.sort(key=lambda side: side[0] is not Outcome.NO_GO)
    return Decision(outcome=outcome, reasons=tuple(reason for _, reasons in sides for reason in reasons))


def _worked(observations: Sequence[Observation]) -> bool:
    return any(observation.verdict in ANSWERED and not observation.silent for observation in observations)


def _nothing(stopped: str | None) -> str:
    return "No operation was audited" + (f": {stopped}." if stopped else "; check --only.")


def _never_worked(observations: Sequence[Observation]) -> str:
    verdict, count = Counter(o.verdict for o in observations).most_common(1)[0]
    words = next((o.message for o in observations if o.verdict is verdict and o.message), None)
    said = f' ("{words}")' if words else ""
    meaning = {
        Verdict.UNAUTHORIZED: "the key is missing, wrong or expired",
        Verdict.PLAN_GATED: "no plan stands behind the key",
        Verdict.UNREACHABLE: "the server could not be reached",
    }.get(verdict, f"{count} of {len(observations)} answers were {verdict}")
    return f"The key never worked: {meaning}{said}."


def _unknown(observations: Sequence[Observation], not_asked: int, stopped: str | None) -> list[str]:
    reasons = []
    silent = [o for o in observations if o.verdict in NO_WORD]
    if silent:
        names = _some(sorted({o.operation for o in silent}))
        reasons.append(f"Nothing is known of {_count(len(silent), 'request')} without an answer: {names}.")
    refused = [o for o in observations if o.verdict is Verdict.UNAUTHORIZED]
    if refused:
        names = _some(sorted({o.operation for o in refused}))
        reasons.append(f"The key, which worked, was refused on {_count(len(refused), 'request')}: {names}.")
    # Where data is promised, silence is a finding, which can be waived; where a refusal is, it is neither.
    mute = sorted({o.operation for o in observations if o.silent and o.expected is Verdict.PLAN_GATED})
    if mute:
        told = "neither pushed nor refused, which proves nothing"
        reasons.append(
            f"{_count(len(mute), 'channel')} {told}: {_some(mute)}; --no-channels leaves them out."
        )
    if not_asked:
        reasons.append(f"{_count(not_asked, 'request')} not made{f': {stopped}' if stopped else ''}.")
    elif stopped:
        reasons.append(f"The run ended early: {stopped}.")
    return reasons


def _by_rule(findings: Sequence[Finding]) -> list[str]:
    reasons = []
    rules = Counter((finding.severity, finding.rule) for finding in findings)
    for (severity, rule), count in sorted(
        rules.items(), key=lambda item: (item[0][0].rank, -item[1], item[0][1])
    ):
        chosen = [f for f in findings if f.rule == rule and f.severity is severity]
        named = sorted({finding.operation for finding in chosen if finding.operation})
        subject = _some(named) + ": " if named else ""
        more = f" (and {count - 1} more)" if count > 1 else ""
        reasons.append(
            f"{rule}: {subject}{shorten(chosen[0].message, MAX_SENTENCE, placeholder=' …')}{more}."
        )
    return reasons


def _good(
    observations: Sequence[Observation], findings: Sequence[Finding], key: KeyFacts | None
) -> tuple[str, ...]:
    # A channel that stays silent kept no promise, and is told apart.
    names = {(o.method == SUBSCRIBE, o.operation) for o in observations if not o.silent}
    channels = sum(pushed for pushed, _ in names)
    kinds = ((len(names) - channels, "operation"), (channels, "channel"))
    all_of_them = " and ".join(_count(number, noun) for number, noun in kinds if number)
    quiet = len({o.operation for o in observations if o.verdict is Verdict.EMPTY and not o.silent})
    but = ", but for what is waived" if any(finding.waived for finding in findings) else ""
    every = "All " if len(names) > 1 else ""
    reasons = [f"{every}{all_of_them} answered as promised{but}."]
    if quiet:
        reasons.append(
            f"{_count(quiet, 'operation')} had no rows, which is normal there but proves no field."
        )
    if key is not None and key.plan and key.agree:
        reasons.append(f"The key has the plan {key.plan}, proved three ways.")
    rest = Counter(finding.severity for finding in findings if finding.waived is None)
    if rest:
        told = " and ".join(_count(rest[severity], severity.value) for severity in Severity if rest[severity])
        reasons.append(f"{told} to read, none that stands in the way.")
    return tuple(reasons)


def _some(names: Sequence[str], most: int = 3) -> str:
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
