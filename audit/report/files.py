"""Outputs written to a folder, each whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from audit.errors import OutputError
from audit.model import Run
from audit.report.formats import check_format, render


def write(run: Run, folder: Path, formats: Sequence[str], templates: Path | None = None) -> list[Path]:
    """Write a run in each format under its usual name; return the paths in the same order.

    Everything is rendered before anything is written; ``templates`` are a user's own for the page.
    Raises UsageError for a format that is not known or a mistake in a template, OutputError where the
    folder or a file cannot be written.
    """
    texts = {folder / check_format(name).file_name: render(name, run) for name in formats}
    if templates is not None and "html" in formats:
        from audit.report.formats.html import render as render_page

        texts[folder / check_format("html").file_name] = render_page(run, templates=templates)
    return write_texts(texts)


def write_texts(texts: Mapping[Path, str]) -> list[Path]:
    """Write each text to its file, in the same order; raises OutputError where that cannot be done."""
    for folder in dict.fromkeys(path.parent for path in texts):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except (OSError, ValueError) as error:
            raise OutputError(
                f"{folder}: not a folder that can be made ({_why(error)}); name another one"
            ) from None
    for path, text in texts.items():
        _replace(path, text)
    return list(texts)


def _replace(path: Path, text: str) -> None:
    """Write beside the file and move into place, so that a reader never sees half of it."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        # Made anew, so that a link of that name leads nowhere.
        beside.unlink(missing_ok=True)
        with beside.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
        beside.replace(path)
    except (OSError, ValueError) as error:
        _forget(beside)
        raise OutputError(f"{path}: cannot be written ({_why(error)}); name another folder") from None
    except BaseException:
        _forget(beside)
        raise


def _forget(beside: Path) -> None:
    try:
        beside.unlink(missing_ok=True)
    except (OSError, ValueError):
        # The folder is gone or closed; the error that led here says more.
        return


def _why(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
