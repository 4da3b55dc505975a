"""Records cassettes as a job: a probe whose answers are kept instead of judged."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from audit.client.secret import Secret
from audit.contract.record import write
from audit.contract.scrub import Scrubber
from audit.errors import AuditError, UsageError
from audit.jobs.hearing import Hearing
from audit.jobs.probing import Audited, probe
from audit.jobs.settings import Aim, Settings, aim
from audit.model import Verdict
from audit.probe.runner import Progress
from audit.spec.catalog import Spec
from audit.spec.channels import Channel
from audit.spec.operations import Operation
from audit.spec.selecting import select

# Answers about the moment or the key, not about the operation: they are no part of a contract.
_PASSING = (Verdict.RATE_LIMITED, Verdict.UNAUTHORIZED, Verdict.UNREACHABLE)


@dataclass(frozen=True)
class Recorded:
    """One plan, recorded: where from, which files, and how many answers of each verdict they hold."""

    plan: str
    target: Aim
    files: tuple[Path, ...]
    verdicts: Mapping[Verdict, int]


def plans_of(spec: Spec, target: Aim, named: tuple[str, ...]) -> tuple[str | None, ...]:
    """Return the plans to record; None stands for the plan that the key turns out to have."""
    if named:
        return tuple(dict.fromkeys(spec.ladder.get(name).name for name in named))
    return tuple(spec.ladder.names) if target.stands_in else (None,)


def record(
    spec: Spec,
    settings: Settings,
    key: Secret | None,
    folder: Path,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> Recorded:
    """Ask what a probe asks and write the answers as cassettes of one plan below ``folder``.

    ``settings.only`` records whole groups: those of the operations it names, and all channels where it
    names one; ``settings.channels`` may refuse channels. Raises AuditError where an answer that belongs to
    the contract is missing; then nothing is written.
    """
    target = aim(settings, spec, key)
    scrubber = Scrubber(target.key, spec.provider.key_variable) if target.key else None
    if scrubber is None:
        raise UsageError(f"no key to record with; set {spec.provider.key_variable}, or use --sandbox")
    moment = float(int(time.time() if settings.moment is None else settings.moment))
    operations, channels = _whole_groups(spec, settings)
    asked = replace(
        settings,
        only=(*operations, *channels) if settings.only else (),
        channels=bool(channels),
        out=None,
        moment=moment,
    )
    hearing = Hearing(spec, target, scrubber, datetime.fromtimestamp(moment, UTC))
    audited = probe(spec, asked, target, on_progress, hearing.listen, hearing.tap)
    plan = _plan(spec, settings, audited)
    groups = {operation.group for operation in operations.values()}
    _check_complete(plan, audited, hearing.spoilt(groups))
    files = write(
        folder,
        plan,
        hearing.cassettes(plan, groups),
        scrubber,
        whole=not settings.only and settings.channels is not False,
        stream=hearing.stream(plan, audited),
    )
    named = hearing.asked(groups)
    seen = Counter(row.verdict for row in audited.run.observations if row.operation in named)
    return Recorded(plan, target, tuple(files), dict(sorted(seen.items())))


def _whole_groups(spec: Spec, settings: Settings) -> tuple[Mapping[str, Operation], Mapping[str, Channel]]:
    """A file has one origin, so a group is recorded as a whole, and so are channels."""
    operations, channels = select(spec, settings.only)
    if settings.channels is False and not operations:
        raise UsageError(
            "--only names channels alone, and --no-channels leaves them out; drop one of the two"
        )
    groups = {operation.group for operation in operations}
    return (
        {name: operation for name, operation in spec.operations.items() if operation.group in groups},
        spec.stream.channels if spec.stream and channels and settings.channels is not False else {},
    )


def _plan(spec: Spec, settings: Settings, audited: Audited) -> str:
    """The plan that the key has; it must be the one that was named."""
    found = audited.key.plan
    if settings.plan is None:
        if found is None:
            raise AuditError(f"not recorded: {_reasons(audited)}; name the plan with --plan")
        return found
    named = spec.ladder.get(settings.plan).name
    if found not in (None, named):
        raise UsageError(f"the key has the plan {found}, not {named}; record with --plan {found}")
    return named


def _check_complete(plan: str, audited: Audited, spoilt: list[str]) -> None:
    lost = [row for row in audited.run.observations if row.verdict in _PASSING]
    if audited.finished and not lost and not spoilt:
        return
    missing = [f"{row.operation} was {row.verdict}" for row in lost] or [
        f"{name} broke off" for name in spoilt
    ]
    first = f": {missing[0]}" if missing else f": {_reasons(audited)}"
    count = f"{len(missing)} requests have no answer to keep" if missing else "the recording ended early"
    raise AuditError(f"{plan}: {count}{first}; nothing was written, record again")


def _reasons(audited: Audited) -> str:
    return " ".join(audited.run.decision.reasons).rstrip(".")
