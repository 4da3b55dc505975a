"""What `signoff` and `probe` have in common: settings, target, progress, and the word at the end."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from audit import NAME
from audit.cli import screen
from audit.cli.keeping import beside_earlier, keep
from audit.cli.progress import Bar
from audit.cli.screen import terminal_width, wants_color
from audit.errors import Exit, OutputError, UsageError
from audit.history.store import open_history
from audit.jobs.choosing import choose, stream_of
from audit.jobs.probing import Audited, probe
from audit.jobs.settings import Aim, Settings, aim, find_key
from audit.jobs.waiving import NONE, read_waivers
from audit.model import Outcome, Run, Severity, TargetKind
from audit.probe.symbols import Wish
from audit.report.files import write, write_texts
from audit.report.formats import check_format, render
from audit.spec.catalog import Spec, load

if TYPE_CHECKING:
    from audit.jobs.presetting import Chosen
    from audit.jobs.scanning import Scan
    from audit.scan.baseline import Baseline


def run(given: dict[str, Any], out: Path | None, form: str, job: str, outputs: tuple[str, ...]) -> int:
    """Do a job: probe, write the outputs, print the result; return the exit code."""
    check_format(form)
    if given.get("templates") is not None:
        from audit.report.formats.html import check_templates

        # Before anything is asked: a mistake is not to cost a run.
        check_templates(given["templates"])
    if given.get("contract"):
        check_cassettes(given["cassettes"])
    tell = _silent if given["quiet"] else say
    spec = load(given["spec"])
    key = None if given["sandbox"] else find_key(spec.provider.key_variable, Path.cwd())
    history = open_history(given["history"], out)
    preset, settings = settle_settings(given, spec, out, job)
    target = aim(settings, spec, key)
    folder = out or default_folder(f"{job}-{preset.name}" if preset else job, settings, target, spec)
    books = None
    # A preset asks too little to hold documents against, unless some are named.
    if job == "signoff" and (preset is None or given["claims"]):
        from audit.jobs.ledger import hold, open_books

        books = open_books(spec, given["claims"])
    code, baseline = code_to_scan(given, settings, folder) if given.get("code") else (None, None)
    chosen = choose(spec, settings, target)
    make_folder(folder)
    announce(tell, spec, target, given["sandbox"], ws_url=chosen.ws_url)
    with Bar(enabled=not given["quiet"]) as bar:
        asked = replace(settings, out=folder)
        if code is not None:
            from audit.jobs.signing import sign_off

            audited = sign_off(spec, asked, target, code, baseline, bar.show)
        else:
            audited = probe(spec, asked, target, bar.show)
    if books is not None:
        ignored = code.ignore if code is not None else ()
        held = hold(audited.run, spec, books, settings.threshold, ignored, settings.waivers)
        audited = replace(audited, run=held)
    if given.get("contract"):
        from audit.jobs.signing import with_recordings

        recordings = cassettes_to_test(given)
        audited = replace(audited, run=with_recordings(audited.run, spec, settings, recordings))
    audited = replace(audited, run=settings.waivers.told(audited.run))
    if audited.set_aside:
        tell(f"an unfinished run was there; it is kept as {audited.set_aside}")
    if audited.resumed:
        tell(f"continued: {audited.resumed} answers were there already")
    if preset is not None:
        audited = replace(audited, run=preset.explained(audited.run))
    deliver(beside_earlier(history, audited.run), folder, outputs, form, given)
    if settings.watch is not None:
        write_configurations(tell, spec, audited, folder)
    keep(history, audited.run, tell)
    settle(tell, audited)
    return exit_code(audited, given["fail_on"])


def deliver(run: Run, folder: Path, outputs: tuple[str, ...], form: str, given: dict[str, Any]) -> None:
    """Write the outputs and print the result."""
    tell = _silent if given["quiet"] else say
    written = write(run, folder, outputs, given.get("templates"))
    color = wants_color(given["no_color"])
    click.echo(render(form, run, width=terminal_width(), color=color), nl=False)
    beside = ", ".join(path.name for path in written[1:])
    tell(f"written: {written[0]}" + (f", and beside it {beside}" if beside else ""))
    if given.get("pdf"):
        tell(as_pdf(written[0]))


def settings_from(given: dict[str, Any], out: Path | None) -> Settings:
    """Turn the options of a command into settings."""
    return Settings(
        plan=given["plan"],
        base_url=given["base_url"],
        ws_url=given.get("ws_url"),
        sandbox=given["sandbox"],
        only=tuple(given.get("only", ())),
        channels=given.get("channels"),
        out=out,
        timeout=given["timeout"],
        total_timeout=given.get("total_timeout"),
        intervals=given.get("intervals", "floor"),
        resume=given.get("resume", False),
        concurrency=given.get("concurrency", 8),
        seed=given["seed"],
        wish=Wish(given.get("symbol"), given.get("exchange")),
        faults=tuple(given["faults"]),
        threshold=Severity.WARNING if given.get("fail_on") == "warning" else Severity.ERROR,
        waivers=NONE if given.get("waivers") is None else read_waivers(given["waivers"]),
    )


def settle_settings(
    given: dict[str, Any], spec: Spec, out: Path | None, job: str
) -> tuple[Chosen | None, Settings]:
    """Turn options into settings, with what a preset and a job change; return the preset, if any."""
    preset, settings = preset_chosen(given, spec, settings_from(given, out))
    if settings.channels:
        known = tuple(stream_of(spec).channels)
        # A preset names its operations, and channels are none of them.
        return preset, replace(settings, only=(*settings.only, *known)) if preset else settings
    if job == "signoff" and settings.channels is None and preset is None and spec.stream is not None:
        return preset, replace(settings, channels=True)
    return preset, settings


def preset_chosen(given: dict[str, Any], spec: Spec, settings: Settings) -> tuple[Chosen | None, Settings]:
    """Read --preset, --symbols and --top; return the preset, if any, and the settings it makes."""
    asked = [given.get(name) for name in ("preset", "symbols", "top")]
    if asked == [None, None, None]:
        return None, settings
    from audit.jobs.presetting import choose

    return choose(spec, settings, *asked)


def write_configurations(tell: Callable[[str], None], spec: Spec, audited: Audited, folder: Path) -> None:
    """Write a configuration for each coin that answered and tell which did not, once a run is finished."""
    if not audited.finished:
        return
    from audit.jobs.presetting import configurations, left_out
    from audit.report.words import counted

    written = write_texts({folder / name: text for name, text in configurations(spec, audited).items()})
    if written:
        tell(f"written: {counted(len(written), 'configuration')} in {written[0].parent}")
    for line in left_out(audited):
        tell(line)


def as_pdf(page: Path) -> str:
    """Print the page to a PDF beside it; return what to tell."""
    from audit.report.pdf import BROWSERS, find_browser, print_pdf

    browser = find_browser()
    if browser is None:
        return f"no PDF: none of {', '.join(BROWSERS)} is on the PATH; print {page} from a browser instead"
    return f"written: {print_pdf(page, browser)}"


def code_to_scan(given: dict[str, Any], settings: Settings, folder: Path) -> tuple[Scan, Baseline | None]:
    """Turn --code into a scan with the project's settings that leaves out what this tool writes itself."""
    from audit.checks import RULES
    from audit.errors import unknown
    from audit.jobs.scanning import Scan
    from audit.scan.baseline import load as load_baseline
    from audit.scan.files import walk
    from audit.scan.ignore import Config, find_config

    paths: tuple[Path, ...] = given["code"]
    walk(paths)  # reads no folder yet, only finds out whether the paths are there
    # Made absolute without following links: a link's own project counts.
    shared = os.path.commonpath([os.path.abspath(path) for path in paths])  # noqa: PTH100 - see above
    config = find_config(Path(shared), NAME) or Config(Path())
    for rule in config.ignore:
        if rule not in RULES:
            raise UsageError(f"{config.file}: ignore: {unknown('rule', rule, sorted(RULES))}")
    written = (folder if settings.out else folder.parent).resolve()
    base = config.base.resolve()
    own = (f"/{written.relative_to(base).as_posix()}/",) if base in written.parents else ()
    scan = Scan(
        paths=paths,
        exclude=(*config.exclude, *own),
        ignore=config.ignore,
        threshold=settings.threshold,
        base=base,
    )
    return scan, load_baseline(config.baseline) if config.baseline else None


def check_cassettes(folder: Path | None) -> None:
    """Raise UsageError where a folder is given that is not there: it was to be tested."""
    if folder is not None and not folder.is_dir():
        raise UsageError(f"{folder}: no such folder; name one with --cassettes, or add --no-contract")


def cassettes_to_test(given: dict[str, Any]) -> Path | None:
    """Return the folder of the recordings; the shipped ones are of the shipped description alone."""
    from audit.contract.cassette import default_folder as shipped
    from audit.contract.suite import usual_folder

    folder: Path = given["cassettes"] or usual_folder(Path())
    return None if folder == shipped() and given["spec"] is not None else folder


def default_folder(job: str, settings: Settings, target: Aim, spec: Spec) -> Path:
    """Return where outputs go unless --out says otherwise; the same call finds its own again."""
    plan = spec.ladder.get(settings.plan).name if settings.plan else "any-plan"
    return Path("reports") / f"{job}-{target.target.kind}-{plan}"


def make_folder(folder: Path) -> None:
    """Make the folder of the outputs before anything is said or asked; raises OutputError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{folder}: cannot be written ({error.strerror}); name another folder with --out"
        ) from None


def announce(
    tell: Callable[[str], None],
    spec: Spec,
    target: Aim,
    named: bool = False,
    live: str | None = None,
    ws_url: str | None = None,
) -> None:
    """Say loudly what is asked when it is not the live API, and where a key goes before it does.

    ``named`` says that --sandbox was given; ``live`` is the option that asks the live API, if there is one;
    ``ws_url`` is where channels are asked.
    """
    if target.in_process:
        way = f"give {live}" if live else f"set {spec.provider.key_variable}"
        tell(
            "SANDBOX: nothing here says anything about the live API; "
            f"{'leave --sandbox out' if named and not live else way} to ask that"
        )
    elif target.target.kind is TargetKind.SANDBOX:
        tell(f"{target.base_url} is not the live API: nothing here says anything about that")
    if target.stands_in and not target.in_process:
        tell(f"{spec.provider.key_variable} is not set; using a key of the sandbox")
    elif not target.in_process:
        # A description is data of anybody's: it names the variable, and without --base-url the host.
        where = f"{target.base_url} and {ws_url}" if ws_url else target.base_url
        tell(f"{spec.provider.key_variable} is sent to {where}")


def settle(tell: Callable[[str], None], audited: Audited) -> None:
    """Remove the journal of a finished run, now that its results are written; else say how to go on."""
    if audited.journal is None:
        return
    if audited.finished:
        audited.journal.unlink(missing_ok=True)
    else:
        tell(f"unfinished: the same command with --resume continues it ({audited.journal})")


def exit_code(audited: Audited, fail_on: str) -> int:
    """Return the exit code of a finished audit."""
    match audited.run.decision.outcome:
        case Outcome.INCOMPLETE:
            return Exit.INCOMPLETE
        case Outcome.NO_GO:
            return Exit.CLEAN if fail_on == "never" else Exit.FINDINGS
    return Exit.CLEAN


def say(text: str) -> None:
    """Tell something beside the result: on standard error."""
    screen.tell(text)


def _silent(text: str) -> None:
    """Tell nothing."""
