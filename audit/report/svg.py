"""Small pictures as SVG: bars, steps and lines, without a script and without a colour of their own.

Colours are classes that the page's style sheet knows; each picture says in words what it shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

from audit.report.words import plain

Number = int | float


def picture(
    width: Number,
    height: Number,
    label: str,
    parts: Iterable[Markup],
    name: str = "",
    *,
    stretch: bool = False,
) -> Markup:
    """Return a picture that scales with its place; ``label`` is what a screen reader says.

    ``stretch`` lets width and height scale apart, which only suits a picture without words.
    """
    fit = Markup(' preserveAspectRatio="none"') if stretch else Markup()
    return Markup('<svg class="{}" viewBox="0 0 {} {}"{} role="img" aria-label="{}">{}</svg>').format(
        f"picture {name}".strip(), _short(width), _short(height), fit, plain(label, 500), Markup().join(parts)
    )


def box(x: Number, y: Number, width: Number, height: Number, name: str, title: str = "") -> Markup:
    """Return a rectangle; ``name`` are its classes, ``title`` shows where it is pointed at."""
    told = Markup("<title>{}</title>").format(plain(title, 200)) if title else Markup()
    return Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}">{}</rect>').format(
        name, _short(x), _short(y), _short(max(0, width)), _short(max(0, height)), told
    )


def text(x: Number, y: Number, words: str, name: str = "") -> Markup:
    """Return words at a place."""
    return Markup('<text class="{}" x="{}" y="{}">{}</text>').format(
        name, _short(x), _short(y), plain(words, 60)
    )


def line(points: Sequence[tuple[Number, Number]], name: str) -> Markup:
    """Return a line through points."""
    path = " ".join(f"{_short(x)},{_short(y)}" for x, y in points)
    return Markup('<polyline class="{}" points="{}"></polyline>').format(name, path)


def dot(x: Number, y: Number, radius: Number, name: str) -> Markup:
    """Return a filled circle."""
    return Markup('<circle class="{}" cx="{}" cy="{}" r="{}"></circle>').format(
        name, _short(x), _short(y), _short(radius)
    )


def _short(number: Number) -> Markup:
    """Write a number with at most two digits behind the point."""
    return escape(f"{number:.2f}".rstrip("0").rstrip("."))
