"""A PostgreSQL of the tests' own, on loopback, with a password, in a folder that goes with it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

PASSWORD = "plainly fake/pass:word"
USER = "auditor"


def programs() -> Path | None:
    """Return the folder of ``initdb`` and ``pg_ctl``; distributions keep them off the PATH."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return folders[-1].parent if folders else None


@contextmanager
def running(programs: Path) -> Iterator[int]:
    """Start a server and give its port; it refuses to run as root, so root lets another user run it."""
    user = ("postgres" if Path("/var/lib/postgresql").exists() else "nobody") if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="audit-postgres-"))
    (folder / "password").write_text(PASSWORD)
    if user:
        for path in (folder, folder / "password"):
            shutil.chown(path, user)

    def call(name: str, *arguments: str) -> None:
        command: Sequence[str] = [str(programs / name), "-D", str(folder / "data"), *arguments]
        subprocess.run(
            command, user=user, group=None, cwd=folder, check=True, timeout=60,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    settings = f"-p {port} -h 127.0.0.1 -k {folder} -c fsync=off"
    try:
        call("initdb", "-U", USER, "-A", "scram-sha-256", "--pwfile", str(folder / "password"), "-E", "UTF8")
        call("pg_ctl", "-w", "-o", settings, "-l", str(folder / "log"), "start")
        try:
            yield port
        finally:
            call("pg_ctl", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
