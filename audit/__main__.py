"""The way in: ``coinglass-audit`` and ``python -m audit``."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line and end the process with its exit code."""
    # A Python that is started as a helper would import what lies in the current folder: scanned code.
    os.environ["PYTHONSAFEPATH"] = "1"
    # Plugins that other packages bring for models are of no use here, and looking for them takes time.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    if sys.argv[1:] in (["--version"], ["-V"]):
        # Answered before anything else is loaded.
        from audit import __version__

        sys.stdout.write(f"coinglass-audit {__version__}\n")
        return
    from audit.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
