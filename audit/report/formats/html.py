"""The page: one file, no script, nothing fetched, everything from outside shown as text."""

from __future__ import annotations

from base64 import b64encode
from functools import lru_cache
from hashlib import sha256

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from audit.model import Run
from audit.report import words
from audit.report.summary import Kept, summarize

# Of the page's own making; anything longer comes from outside and is cut.
LONGEST = 2000


def render(run: Run, *, width: int | None = None, color: bool = False) -> str:
    """Return the run as a page that can be opened from anywhere."""
    environment = _environment()
    css = environment.get_template("signoff.css").render()
    page = environment.get_template("signoff.html.j2").render(
        run=run,
        summary=summarize(run),
        words=words,
        kept=Kept,
        css=Markup(css),  # noqa: S704 - shipped with the tool
        policy=_policy(css),
    )
    return page.rstrip("\n") + "\n"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("audit.report"),
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


def _policy(css: str) -> str:
    """Allow this one style sheet and nothing else, so that even a hole in escaping fetches nothing."""
    digest = b64encode(sha256(css.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
