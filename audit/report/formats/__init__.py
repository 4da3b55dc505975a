"""The formats, plain to see. Adding one is writing its module and naming it here."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from audit.errors import unknown

if TYPE_CHECKING:
    from audit.model import Run


@dataclass(frozen=True)
class Format:
    """A format: the module that renders it, the file it is written to, and one line of help."""

    module: str
    file_name: str
    help: str


FORMATS: dict[str, Format] = {
    "text": Format("audit.report.formats.text", "signoff.txt", "for the terminal; the decision comes last"),
    "json": Format("audit.report.formats.json_", "run.json", "the whole Run, for programs"),
    "markdown": Format("audit.report.formats.markdown", "signoff.md", "a short comment for a pull request"),
    "junit": Format("audit.report.formats.junit", "junit.xml", "test cases, for a CI's test report"),
    "sarif": Format("audit.report.formats.sarif", "signoff.sarif", "results for code scanning, SARIF 2.1.0"),
    "html": Format("audit.report.formats.html", "signoff.html", "one page that asks nothing of the network"),
    "badge": Format("audit.report.formats.badge_svg", "badge.svg", "the decision as a small picture, SVG"),
    "badge-json": Format("audit.report.formats.badge_json", "badge.json", "the same for a badge service"),
}


class Renderer(Protocol):
    """What a format's module offers. ``width`` and ``color`` are for terminals; others ignore them."""

    def render(self, run: Run, *, width: int | None = None, color: bool = False) -> str:
        """Return the whole output, ending with a newline."""
        ...


def check_format(name: str) -> Format:
    """Return a format by name; raises UsageError with the names there are."""
    if name not in FORMATS:
        raise unknown("format", name, list(FORMATS))
    return FORMATS[name]


def render(name: str, run: Run, *, width: int | None = None, color: bool = False) -> str:
    """Render a run in the named format; raises UsageError for a name that is not known."""
    module = cast(Renderer, import_module(check_format(name).module))
    return module.render(run, width=width, color=color)
