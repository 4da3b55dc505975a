"""What a command was asked to do, checked; and the target that follows from it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from audit.client.base_url import check_base_url, is_loopback
from audit.client.secret import Secret, check_key
from audit.errors import UsageError
from audit.jobs.waiving import Waivers
from audit.model import Severity, Target, TargetKind
from audit.probe.asks import IntervalMode
from audit.probe.symbols import Wish
from audit.probe.watch import Watch
from audit.spec.catalog import Spec


@dataclass(frozen=True)
class Settings:
    """Options of a probe. Times are in seconds; ``faults`` are for the sandbox in this process.

    ``moment`` (epoch seconds) is what every request calls now, and when the sandbox's clock starts;
    without it, that is now. ``watch`` asks for several coins instead of the one of ``wish``.
    ``channels`` says whether to ask channels too; left open, only those that ``only`` names.
    """

    plan: str | None = None
    base_url: str | None = None
    ws_url: str | None = None
    sandbox: bool = False
    only: tuple[str, ...] = ()
    channels: bool | None = None
    out: Path | None = None
    timeout: float = 30.0
    total_timeout: float | None = None
    intervals: IntervalMode = "floor"
    resume: bool = False
    concurrency: int = 8
    seed: int = 0
    wish: Wish = field(default_factory=Wish)
    faults: tuple[str, ...] = ()
    moment: float | None = None
    threshold: Severity = Severity.ERROR
    watch: Watch | None = None
    waivers: Waivers = field(default_factory=Waivers)


@dataclass(frozen=True)
class Aim:
    """Where requests go. ``in_process`` is the sandbox in this process, on a simulated clock.

    ``stands_in`` says that the key is one of the sandbox's own, because the user set none.
    """

    target: Target
    base_url: str
    key: Secret | None
    in_process: bool
    stands_in: bool


def aim(settings: Settings, spec: Spec, key: Secret | None) -> Aim:
    """Choose the target: the live API with a key, a given base URL, else the sandbox."""
    plan = spec.ladder.get(settings.plan).name if settings.plan else spec.provider.usual_plan
    sandbox_key = Secret(spec.provider.sandbox_keys.plan.format(plan=plan))
    if settings.sandbox and settings.base_url is not None:
        raise UsageError("--sandbox and --base-url exclude each other; leave one out")
    if settings.base_url is None and (settings.sandbox or key is None):
        if settings.faults:
            from audit.sandbox.faults import check

            check(settings.faults, spec.operations, spec.stream.channels if spec.stream else ())
        target = Target(kind=TargetKind.SANDBOX, base_url="in-process sandbox")
        return Aim(target, "http://127.0.0.1", sandbox_key, in_process=True, stands_in=True)
    if settings.faults:
        raise UsageError(
            "--fault is for the sandbox in this process; add --sandbox, or start `sandbox --fault`"
        )
    base_url = check_base_url(spec.provider.base_url if settings.base_url is None else settings.base_url)
    host = urlsplit(base_url).hostname or ""
    live = host == urlsplit(spec.provider.base_url).hostname
    if key is None and not is_loopback(host):
        raise UsageError(f"no key for {base_url}; set {spec.provider.key_variable}, or use --sandbox")
    if live and key is not None and key.reveal() in _stand_ins(spec):
        raise UsageError(
            f"{spec.provider.key_variable} holds a key of the sandbox, which the live API does not know; "
            "add --sandbox, or set a key of your own"
        )
    target = Target(kind=TargetKind.LIVE if live else TargetKind.SANDBOX, base_url=base_url)
    return Aim(target, base_url, key or sandbox_key, in_process=False, stands_in=key is None)


def _stand_ins(spec: Spec) -> set[str]:
    keys = spec.provider.sandbox_keys
    return {keys.expired, keys.without_plan, *(keys.plan.format(plan=name) for name in spec.ladder.names)}


def find_key(
    variable: str, folder: Path, environ: Callable[[str], str | None] = os.environ.get
) -> Secret | None:
    """Return the key from the environment, else from a .env file in ``folder``, else None."""
    text = environ(variable)
    where = variable
    if text is None and (folder / ".env").is_file():
        from dotenv import dotenv_values

        try:
            text = dotenv_values(folder / ".env", interpolate=False, encoding="utf-8-sig").get(variable)
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(
                f"{folder / '.env'} cannot be read: {type(error).__name__}; make it UTF-8 text"
            ) from None
        where = f"{variable} in .env"
    return None if text is None else check_key(text, where)
