"""The badge as a picture: SVG with a title, no font or file from elsewhere."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from audit.model import Run
from audit.report.badge import badge

# Width of a letter of Verdana at 11 px, rounded up; textLength fits the letters of other fonts into it.
_NARROW, _WIDE, _USUAL = "fijlrt .,:;'|!-()[]·", "mwMW—", 7
_HEIGHT, _PADDING = 20, 6


def render(run: Run, *, width: int | None = None, color: bool = False) -> str:
    """Return the badge; every text in it is escaped."""
    told = badge(run)
    left, right = _width(told.label), _width(told.message)
    whole = f"{told.label}: {told.message}"
    total = left + right + 4 * _PADDING
    split = left + 2 * _PADDING
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{total}" height="{_HEIGHT}" '
        f'viewBox="0 0 {total} {_HEIGHT}" role="img" aria-label={quoteattr(whole)}>\n'
        f"  <title>{escape(whole)}</title>\n"
        f'  <clipPath id="round"><rect width="{total}" height="{_HEIGHT}" rx="3"/></clipPath>\n'
        f'  <g clip-path="url(#round)">\n'
        f'    <rect width="{split}" height="{_HEIGHT}" fill="#333333"/>\n'
        f'    <rect x="{split}" width="{total - split}" height="{_HEIGHT}" fill="#{told.color}"/>\n'
        f"  </g>\n"
        f'  <g fill="#ffffff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">\n'
        f'    <text x="{_PADDING}" y="14" textLength="{left}">{escape(told.label)}</text>\n'
        f'    <text x="{split + _PADDING}" y="14" textLength="{right}">{escape(told.message)}</text>\n'
        f"  </g>\n"
        f"</svg>\n"
    )


def _width(text: str) -> int:
    """Return about how wide a text is, in pixels; characters beyond Latin count double."""
    return sum(
        4 if char in _NARROW else 10 if char in _WIDE else 14 if ord(char) > 0x2FF else _USUAL
        for char in text
    )
