"""The page: one file, nothing fetched, everything from outside shown as text, whole without its script."""

from __future__ import annotations

import traceback
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    StrictUndefined,
    TemplateSyntaxError,
)
from markupsafe import Markup

from audit.errors import UsageError
from audit.model import Run
from audit.report import page_numbers, streams, svg_charts, trend, words
from audit.report.page import build
from audit.report.summary import Kept

# Of the page's own making; anything longer comes from outside and is cut.
LONGEST = 2000


def render(run: Run, *, width: int | None = None, color: bool = False, templates: Path | None = None) -> str:
    """Return the run as a page that can be opened from anywhere.

    Files in the folder ``templates`` take the place of the page's own of the same name. Raises
    UsageError, with file and line, for a mistake in one of them.
    """
    if templates is None:
        return _render(run, _environment(None))
    with _mistakes(templates):
        return _render(run, _environment(check_templates(templates)))


def check_templates(folder: Path) -> Path:
    """Return a folder of a user's own templates; raises UsageError for one that is none, or bad syntax."""
    names = sorted(_environment(None).list_templates())
    own = [name for name in names if (folder / name).is_file()]
    if not own:
        raise UsageError(
            f"{folder}: no folder with a template of the page; they are called {', '.join(names)}"
        )
    with _mistakes(folder):
        for name in own:
            if name.endswith(".j2"):
                _environment(folder).get_template(name)
    return folder


@contextmanager
def _mistakes(folder: Path) -> Iterator[None]:
    """Turn whatever goes wrong in a template of the folder into one line with its place."""
    try:
        yield
    except UsageError:
        raise
    except TemplateSyntaxError as error:
        where = f"{error.filename or folder / (error.name or '')}:{error.lineno}"
        raise UsageError(f"{where}: {error.message}; correct the template") from None
    except Exception as error:
        # A template can fail with any error of what it calls; its own frame says where.
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if folder in Path(frame.filename).parents]
        if not own:
            raise
        told = f"{type(error).__name__}: {words.plain(error, 300)}"
        place = f"{own[-1].filename}:{own[-1].lineno}"
        # Seen only where a run is shown: what was asked for it is in its journal.
        raise UsageError(f"{place}: {told}; correct the template, then add --resume") from None


def _render(run: Run, environment: Environment) -> str:
    css, script = (_source(environment, name) for name in ("signoff.css", "signoff.js"))
    page = environment.get_template("signoff.html.j2").render(
        page=build(run),
        words=words,
        numbers=page_numbers,
        streams=streams,
        charts=svg_charts,
        trends=trend,
        kept=Kept,
        css=Markup(css),  # noqa: S704 - shipped with the tool, or the user's own
        script=Markup(script),  # noqa: S704 - the same
        policy=_policy(css, script),
    )
    return page.rstrip("\n") + "\n"


def _source(environment: Environment, name: str) -> str:
    """A file of the page as it is; it is no template, so its braces mean what they say."""
    loader = environment.loader or PackageLoader("audit.report")
    return loader.get_source(environment, name)[0]


@lru_cache(maxsize=2)
def _environment(templates: Path | None) -> Environment:
    shipped = PackageLoader("audit.report")
    return Environment(
        loader=ChoiceLoader([FileSystemLoader(templates), shipped]) if templates else shipped,
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _shown(value: object) -> object:
    """Every text that goes into the page passes here, before it is escaped."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return words.plain(value, LONGEST)
    return value


def _policy(css: str, script: str) -> str:
    """Allow this style sheet and this script alone: even a hole in escaping runs and fetches nothing."""
    return (
        f"default-src 'none'; style-src {_digest(css)}; script-src {_digest(script)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
