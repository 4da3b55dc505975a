"""The page as a PDF, printed by a browser of the Chromium family where one is at hand."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from audit.errors import OutputError

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
SECONDS = 60


def find_browser(which: Callable[[str], str | None] = shutil.which) -> str | None:
    """Return a browser that can print, None where there is none."""
    return next((found for name in BROWSERS if (found := which(name))), None)


def print_pdf(page: Path, browser: str) -> Path:
    """Print a page to a PDF beside it and return that; raises OutputError where the browser does not.

    The browser gets a profile of its own for this one page, and no way into the network.
    """
    pdf = page.with_suffix(".pdf")
    with tempfile.TemporaryDirectory() as profile:
        part = Path(profile) / pdf.name
        command = [browser, "--headless", "--disable-gpu", "--no-first-run", "--no-pdf-header-footer"]
        command += [f"--user-data-dir={profile}", "--host-resolver-rules=MAP * ~NOTFOUND"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            # As root, as in most containers, a browser of this family refuses to start otherwise.
            command.append("--no-sandbox")
        command += [f"--print-to-pdf={part}", page.resolve().as_uri()]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)  # noqa: S603 - a browser from the user's own path
            written = part.read_bytes()
            if done.returncode or not written.startswith(b"%PDF-"):
                raise OutputError(
                    f"{pdf}: {browser} ended with {done.returncode} and no PDF; leave out --pdf"
                )
            # Made anew, so that a link of that name leads nowhere.
            pdf.unlink(missing_ok=True)
            with pdf.open("xb") as file:
                file.write(written)
        except subprocess.TimeoutExpired:
            raise OutputError(f"{pdf}: {browser} took more than {SECONDS} s; leave out --pdf") from None
        except OSError as error:
            raise OutputError(
                f"{pdf}: {browser} printed nothing ({error.strerror}); leave out --pdf"
            ) from None
    return pdf
