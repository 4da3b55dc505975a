"""`scan`: what old code relies on, and what replaces it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from audit import NAME
from audit.cli.options import FAIL_ON, FORMAT, NO_COLOR, PLAN, QUIET, SPEC, options

if TYPE_CHECKING:
    from audit.jobs.judging import Known
    from audit.jobs.scanning import Scan
    from audit.model import Run
    from audit.scan.baseline import Baseline
    from audit.scan.search import Searched


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH…]")
@options(SPEC, PLAN)
@click.option("--run", "run_file", type=click.Path(path_type=Path), metavar="FILE",
              help="Judge against the plan of this run file; what it saw outweighs promises.")  # fmt: skip
@click.option(
    "--exclude", multiple=True, metavar="PATTERN", help="Leave out files, as .gitignore spells them."
)
@click.option("--ignore", multiple=True, metavar="RULE", help="Leave out findings of this rule.")
@click.option("--comments", is_flag=True, help="Read what stands in comments, too.")
@click.option("--baseline", type=click.Path(path_type=Path), metavar="FILE",
              help="Leave out the findings that this file knows; new ones count.")  # fmt: skip
@click.option("--write-baseline", is_flag=True, help="Write all findings into the file of --baseline first.")
@options(FAIL_ON, FORMAT)
@click.option("--diff", is_flag=True, help="Print the certain edits as a patch instead; change nothing.")
@click.option("--fix", is_flag=True, help="Make the certain edits.")
@click.option("--force", is_flag=True, help="With --fix: even where Git holds uncommitted changes.")
@click.option("--draft-contract", type=click.Path(path_type=Path), metavar="FILE",
              help="Write what the code needs as a first draft for `contract --consumer`.")  # fmt: skip
@click.option("--jobs", type=click.IntRange(1, 256), metavar="N",
              help="Processes to spread the files over (default: one for each core).")  # fmt: skip
@options(QUIET, NO_COLOR)
@click.pass_context
def command(context: click.Context, /, paths: tuple[Path, ...], **given: Any) -> int:
    """Read code and documents: what of the API they use, what is wrong, what replaces it.

    Nothing is executed. Names the cheapest plan that serves every use found. What is not given here is
    taken from [tool.coinglass-audit.scan] in the nearest pyproject.toml: exclude, ignore, plan,
    baseline, fail-on, paths.

    \b
    coinglass-audit scan src --plan standard
    coinglass-audit scan . --baseline known.json --write-baseline
    coinglass-audit scan . --diff
    """
    from audit.scan.search import Places, search_ahead

    wanted = {name for name in given if _is_given(context, name)}
    settings = _settings(paths, wanted, given)
    places = Places(settings.paths, settings.exclude, settings.base, given["jobs"])
    ready, searched = search_ahead(places, given["spec"], lambda: _prepare(settings, given))
    if given["diff"] or given["fix"]:
        return _rewrite(ready, searched, settings, given)
    return _report(ready, searched, settings, given)


def _is_given(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT


@dataclass(frozen=True)
class _Settings:
    """What the command line says, and the project's settings where it is silent."""

    paths: tuple[Path, ...]
    exclude: tuple[str, ...]
    base: Path | None
    ignore: tuple[str, ...]
    plan: str | None
    baseline: Path | None
    fail_on: str
    source: str


@dataclass(frozen=True)
class _Ready:
    """Everything a scan needs besides the files; ``told`` is to be said about it."""

    known: Known
    asked: Scan
    baseline: Baseline | None
    told: tuple[str, ...] = ()


def _settings(paths: tuple[Path, ...], wanted: set[str], given: dict[str, Any]) -> _Settings:
    from audit.errors import UsageError
    from audit.scan.ignore import Config, find_config

    start = os.path.commonpath([os.path.abspath(path) for path in paths or (Path(),)])  # noqa: PTH100 - links stay
    config = find_config(Path(start), NAME) or Config(Path())
    if not paths and not config.paths:
        raise UsageError(f"nothing to scan; name files or folders, or set paths in [tool.{NAME}.scan]")
    for path in () if paths else config.paths:
        if not path.exists():
            named = os.path.relpath(path, config.base)
            raise UsageError(f"{config.file}: paths: {named!r} is not there; mend the setting")
    baseline = given["baseline"] or config.baseline
    for name in ("write_baseline", "draft_contract"):
        if given[name] and (given["diff"] or given["fix"]):
            raise UsageError(
                f"--{name.replace('_', '-')} goes without --diff and --fix; give it once they are done"
            )
    if given["write_baseline"] and baseline is None:
        raise UsageError("--write-baseline: where to? name a file with --baseline")
    return _Settings(
        paths=paths or tuple(Path(os.path.relpath(path)) for path in config.paths),
        exclude=given["exclude"] or config.exclude,
        base=None if given["exclude"] else config.base,
        ignore=given["ignore"] or config.ignore,
        plan=given["plan"] or (None if given["run_file"] else config.plan),
        baseline=baseline,
        fail_on=given["fail_on"] if "fail_on" in wanted else config.fail_on or given["fail_on"],
        source="--ignore" if given["ignore"] else f"{config.file}: ignore",
    )


def _prepare(settings: _Settings, given: dict[str, Any]) -> _Ready:
    """Load what takes long, and check every name that was given."""
    from audit.checks import RULES
    from audit.errors import UsageError, unknown
    from audit.jobs.judging import Known
    from audit.jobs.runfile import observed, read_run, wrong_time
    from audit.jobs.scanning import Scan
    from audit.model import Severity
    from audit.report.formats import check_format
    from audit.scan.baseline import load as load_baseline
    from audit.scan.search import remember
    from audit.spec.catalog import load

    check_format(given["form"])
    for rule in settings.ignore:
        if rule not in RULES:
            raise UsageError(f"{settings.source}: {unknown('rule', rule, sorted(RULES))}")
    known = Known(load(given["spec"]))
    remember(given["spec"], known.stems)
    ladder = known.spec.ladder
    run = read_run(given["run_file"]) if given["run_file"] else None
    odd = wrong_time(run.started_at, datetime.now(UTC)) if run else None
    seen = observed(run, ladder) if run else None
    plan = ladder.get(settings.plan) if settings.plan else None
    if seen and seen.plan and plan and seen.plan != plan:
        raise UsageError(
            f"{given['run_file']}: seen on the plan {seen.plan.name}, which says nothing about {plan.name}; "
            "leave out --plan or --run"
        )
    asked = Scan(
        paths=settings.paths,
        plan=plan or (seen.plan if seen else None),
        observed=seen,
        exclude=settings.exclude,
        base=settings.base,
        ignore=settings.ignore,
        threshold=Severity.WARNING if settings.fail_on == "warning" else Severity.ERROR,
        jobs=given["jobs"],
        comments=given["comments"],
    )
    fresh = settings.baseline is None or given["write_baseline"]
    baseline = None if fresh or settings.baseline is None else load_baseline(settings.baseline)
    return _Ready(known, asked, baseline, (f"{given['run_file']}: {odd}",) if odd else ())


def _report(ready: _Ready, searched: Searched | None, settings: _Settings, given: dict[str, Any]) -> int:
    """Judge, print, and tell what was left out; return the exit code."""
    from audit.cli.screen import tell, terminal_width, wants_color
    from audit.errors import Exit
    from audit.jobs.scanning import against, scan_known
    from audit.model import Outcome
    from audit.report.formats import render
    from audit.scan.baseline import LineReader, write

    run = scan_known(ready.known, ready.asked, searched)
    baseline = ready.baseline
    told = [*ready.told]
    if given["write_baseline"] and settings.baseline is not None:
        baseline = write(settings.baseline, run.findings, LineReader())
        told.append(f"written: {settings.baseline} (findings: {len(run.findings)})")
    if baseline is not None:
        run = against(baseline, run, ready.asked.threshold)
    if given["draft_contract"] is not None:
        told.append(_draft(ready, searched, run, given["draft_contract"]))
    color = wants_color(given["no_color"])
    click.echo(render(given["form"], run, width=terminal_width(), color=color), nl=False)
    for line in () if given["quiet"] else (*told, *_left_out(run, settings.baseline, given["form"])):
        tell(line)
    if run.decision.outcome is Outcome.INCOMPLETE:
        return Exit.INCOMPLETE
    blocked = run.decision.outcome is Outcome.NO_GO and settings.fail_on != "never"
    return Exit.FINDINGS if blocked else Exit.CLEAN


def _draft(ready: _Ready, searched: Searched | None, run: Run, file: Path) -> str:
    """Write the draft of a consumer contract, never over a file; return what to tell."""
    from audit.errors import OutputError, UsageError
    from audit.jobs.drafting import draft

    text = draft(ready.known, ready.asked, file.stem, run.advice, searched)
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(text)
    except FileExistsError:
        raise UsageError(f"{file} is there already; name another file for the draft") from None
    except OSError as error:
        raise OutputError(f"{file}: the draft cannot be written ({error.strerror})") from None
    return f"written: {file}; `contract --consumer {file}` holds it against what answers"


def _left_out(run: Run, baseline: Path | None, form: str) -> Iterator[str]:
    """Say what was not looked at, by reason, with the first names."""
    from audit.report.words import first_named, skipped_words

    if run.scanned is None:
        return
    if form != "text":  # which names them itself
        yield from skipped_words(run.scanned)
    if run.scanned.read_as_text:
        yield first_named("read as plain text", run.scanned.read_as_text, len(run.scanned.read_as_text))
    if run.scanned.gone:
        yield f"gone, but still in {baseline}: {run.scanned.gone}; --write-baseline takes them out"


def _rewrite(ready: _Ready, searched: Searched | None, settings: _Settings, given: dict[str, Any]) -> int:
    """Show or make the certain edits; what is left to a person goes to standard error."""
    from audit.cli.screen import tell
    from audit.errors import Exit, UsageError
    from audit.jobs.rewriting import rewrite
    from audit.scan.rewrite import dirty, unified, write

    files: Any = rewrite(ready.known, ready.asked, searched)
    if given["fix"]:
        # All of them are known before the first is written.
        files = list(files)
        changed = [file.path for file in files if file.after != file.before]
        if not given["force"] and changed and dirty(changed):
            raise UsageError(
                "Git holds uncommitted changes in files to be fixed; commit them, or add --force"
            )
    count = 0
    left: list[str] = []
    for file in files:
        left += file.left
        if file.after == file.before:
            continue
        count += 1
        if given["diff"]:
            click.echo(unified(str(file.path), file.before, file.after), nl=False)
        if given["fix"]:
            write(file.path, file.before, file.after)
            if not given["quiet"]:
                tell(f"fixed: {file.path}")
    if not given["quiet"]:
        for line in left:
            tell(f"left to you: {line}")
        if given["fix"] and count and settings.baseline is not None:
            tell(f"lines that {settings.baseline} may know have changed; write it again: --write-baseline")
        if not count:
            click.echo("nothing to rewrite for certain", err=True)
    return Exit.FINDINGS if given["diff"] and count else Exit.CLEAN
