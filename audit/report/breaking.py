"""Where lines of the terminal may break, and where not, as rich renderables."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.text import Text

# Stands for a space at which a line must not break; `unglue` makes it a space again.
GLUE = "\ue000"
# Behind what a request may break: a word, or a sign that ends a part of an address.
_PIECE = re.compile(r"[^\s&?,]*[\s&?,]*")


@dataclass(frozen=True)
class Request:
    """Evidence, broken between words or behind a sign of an address instead of inside a name."""

    told: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield it in lines of the width there is."""
        lines = [""]
        for piece in _PIECE.findall(self.told):
            if lines[-1] and cell_len(lines[-1] + piece.rstrip()) > options.max_width:
                lines.append("")
            lines[-1] += piece
        yield Text("\n".join(line.rstrip() for line in lines), overflow="fold")

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """Return the least and the most that it may take."""
        widest = max((cell_len(piece) for piece in _PIECE.findall(self.told)), default=0)
        return Measurement(widest, cell_len(self.told)).with_maximum(options.max_width)


def flow(parts: list[str], between: str) -> Text:
    """Parts in a line; a line breaks between parts, not inside one."""
    return Text(between).join(Text(part.replace(" ", GLUE)) for part in parts)


def unglue(text: str) -> str:
    """Put ordinary spaces where lines were not to break."""
    return text.replace(GLUE, " ")
