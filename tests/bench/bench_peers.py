"""What another tool for contracts catches of three broken answers, each of the documented shape.

    python -m tests.bench.bench_peers

A server on loopback answers every request with one recorded answer: unbroken, then broken in three ways.
schemathesis asks it with all of its checks and documented requests alone, and is told the same schema. A
way counts as caught where it reports a failure that it does not report of the unbroken answer. The suite
and drift are measured on the same bodies. A fifth answer, which a schema alone catches, shows that the
measurement can tell. Prints a table; exits 1 where this tool misses one.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from xml.etree import ElementTree

from audit.contract.cassette import Interaction
from audit.spec.catalog import Spec, load
from audit.spec.operations import Operation
from tests.contract.breaking import body, each, rows
from tests.contract.mutations import OI, Mutation
from tests.contract.test_mutations import found_in, judged, moved_by

CONTROL = "a required field dropped"
WAYS = (
    Mutation("unbroken", OI, lambda row: row, "", ""),
    Mutation("error code inside a 200", OI, body(lambda whole: whole.update(code="400", msg="Bad")), "", ""),
    Mutation("empty data", OI, body(lambda whole: whole.update(data=[])), "", ""),
    Mutation("seconds for milliseconds", OI, each("time", lambda moment: moment // 1000), "", ""),
    # Shows that the measurement can tell: a mistake that a schema alone catches.
    Mutation(CONTROL, OI, rows(lambda row: row.pop("close")), "", ""),
)


_FAILURE = re.compile(r"^- (ST\d+ .*)$", re.MULTILINE)


def document(operation: Operation) -> dict[str, Any]:
    """The operation as an OpenAPI document of its own."""
    parameters = [
        {"name": row.name, "in": "query", "required": row.required, "schema": dict(row.schema),
         **({"example": row.example} if row.example else {})}
        for row in operation.parameters
    ]  # fmt: skip
    content = {"application/json": {"schema": dict(operation.schema)}}
    get = {
        "operationId": operation.id,
        "parameters": parameters,
        "responses": {"200": {"description": "The answer.", "content": content}},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "One", "version": "1"},
        "paths": {operation.path: {"get": get}},
    }


@contextmanager
def answering(row: Interaction) -> Iterator[str]:
    """Answer every request with one body."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(row.response.status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(row.response.raw)))
            self.end_headers()
            self.wfile.write(row.response.raw)

        def log_message(self, *_: Any) -> None:
            """Say nothing of each request."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def schemathesis(operation: Operation, row: Interaction) -> set[str]:
    """The failures that schemathesis reports, by their first line."""
    with tempfile.TemporaryDirectory() as name, answering(row) as url:
        folder = Path(name)
        (folder / "one.json").write_text(json.dumps(document(operation)))
        done = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "run", "one.json", "--url", url),
                *("--mode", "positive", "--max-examples", "10", "--checks", "all"),
                *("--report", "junit", "--report-junit-path", "report.xml", "--continue-on-failure"),
            ],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if not (folder / "report.xml").is_file():
            raise RuntimeError(done.stdout + done.stderr)
        tree = ElementTree.parse(folder / "report.xml")  # noqa: S314 - written by the process above
        return {found for node in tree.iter("failure") for found in _FAILURE.findall(node.text or "")}


def measure(spec: Spec) -> int:
    missed, usual = 0, set()
    print(f"{'way':28}{'schemathesis':16}{'suite':40}drift")
    for way in WAYS:
        row, recorded_at = found_in(spec, way)
        broken = way.change(row)
        failures = schemathesis(spec.operation(way.operation), broken)
        if way.name == "unbroken":
            usual = failures
        rules = judged(spec, way.plan, broken, recorded_at)
        moves = moved_by(spec, way.plan, row, broken, recorded_at)
        new = "caught" if failures - usual else "not caught"
        found = "-" if way.name == "unbroken" else new
        told = moves[0].message if moves else "-"
        print(f"{way.name:28}{found:16}{', '.join(rules) or '-':40}{told}")
        missed += way.name != "unbroken" and not rules and not moves
        # Without this one, what is not caught would prove nothing.
        missed += way.name == CONTROL and not failures - usual
    print(f"schemathesis reports of the unbroken answer: {', '.join(sorted(usual)) or 'nothing'}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(measure(load()))
