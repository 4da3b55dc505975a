"""Every certain route, called as it was once, fixed by the command, and answered by the sandbox.

The programs run as they were written, in Python and in JavaScript; they know neither the description
nor this project. Only the host of their base URL is put on loopback.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import tree_sitter
import tree_sitter_typescript

from audit.spec.legacy import Legacy, load_legacy
from tests.support.cli import environment, run_here
from tests.support.old_calls import PYTHON, TYPESCRIPT, Written, old_calls

DAY = 86_400
# Stands in for the library of that name: an address, parameters and headers in, status and data out.
AXIOS = """
export default {
  async get(address, { params = {}, headers = {} } = {}) {
    const url = new URL(address);
    for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
    const response = await fetch(url, { headers });
    return { status: response.status, data: await response.json() };
  },
};
"""
RUN_PYTHON = "import runpy, sys\nfor path in sys.argv[1:]:\n    runpy.run_path(path)\n"
RUN_NODE = """
const paths = process.argv.slice(2);
while (paths.length) await Promise.all(paths.splice(0, 16).map((path) => import(path)));
"""


@pytest.fixture(scope="module")
def legacy(spec) -> Legacy:
    return load_legacy(spec.folder)


@pytest.fixture(scope="module")
def calls(legacy):
    return list(old_calls(legacy, now=int(time.time()) // DAY * DAY))


@pytest.fixture(scope="module")
def fixed(tmp_path_factory: pytest.TempPathFactory, calls) -> Path:
    """A folder with every call in every manner, after the command has fixed it."""
    folder = tmp_path_factory.mktemp("old")
    for ending, manners in (("py", PYTHON), ("ts", TYPESCRIPT)):
        for manner in manners:
            for call in calls:
                path = folder / manner.__name__.strip("_") / f"{call.name}.{ending}"
                path.parent.mkdir(exist_ok=True)
                path.write_text(manner(call), encoding="utf-8")
    done = run_here("scan", str(folder), "--fix", "--force", "--quiet")
    assert done.code == 0, done.err
    return folder


def test_no_route_is_forgotten(legacy, calls):
    assert Counter(route.confidence for route in legacy.routes) == {
        "documented": 53,
        "same-resource": 105,
        "closest": 52,
        "none": 2,
    }
    assert len({call.name for call in calls}) == len(calls) == 53 + 105


def test_a_second_fix_finds_nothing_to_change(fixed):
    before = {path: path.read_bytes() for path in sorted(fixed.rglob("*.*"))}
    assert run_here("scan", str(fixed), "--fix", "--force", "--quiet").code == 0
    assert {path: path.read_bytes() for path in sorted(fixed.rglob("*.*"))} == before


def test_python(fixed, calls, spec, sandbox_url, tmp_path):
    if importlib.util.find_spec("requests") is None:
        pytest.skip("the programs use requests, which is not installed")
    paths = [
        written(tmp_path / f"{number:04}.py", on_loopback(path, spec, sandbox_url))
        for number, path in enumerate(sorted(fixed.rglob("*.py")))
    ]
    said = told([sys.executable, "-c", RUN_PYTHON, *paths], tmp_path)
    assert failing(said) == {}
    assert Counter(name for name, *_ in said) == in_each_manner(calls, PYTHON)


def test_typescript(fixed, calls, spec, sandbox_url, tmp_path):
    node = shutil.which("node")
    if node is None:
        pytest.skip("the programs need node, which is not installed")
    library = tmp_path / "node_modules" / "axios"
    library.mkdir(parents=True)
    written(library / "package.json", b'{"name": "axios", "type": "module", "main": "index.js"}')
    written(library / "index.js", AXIOS.encode())
    paths = [
        written(tmp_path / f"{number:04}.mjs", untyped(on_loopback(path, spec, sandbox_url)))
        for number, path in enumerate(sorted(fixed.rglob("*.ts")))
    ]
    said = told([node, written(tmp_path / "run.mjs", RUN_NODE.encode()), *paths], tmp_path)
    assert failing(said) == {}
    assert Counter(name for name, *_ in said) == in_each_manner(calls, TYPESCRIPT)


def in_each_manner(calls: Iterable[Any], manners: tuple[Written, ...]) -> dict[str, int]:
    return {call.name: len(manners) for call in calls}


def written(path: Path, raw: bytes) -> str:
    path.write_bytes(raw)
    return str(path)


def on_loopback(path: Path, spec: Any, base_url: str) -> bytes:
    raw = path.read_bytes()
    assert spec.provider.base_url.encode() in raw, f"{path.name} does not ask the host of today"
    return raw.replace(spec.provider.base_url.encode(), base_url.encode())


def told(command: list[str], folder: Path) -> list[list[Any]]:
    """Run programs and return what they print: name, HTTP status and the answer, line by line."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment(OLD_KEY="sandbox-professional", NO_PROXY="127.0.0.1"),
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def failing(said: list[list[Any]]) -> dict[str, str]:
    """Return what of the answers is no success with rows, judged on the raw answer alone."""
    return {
        name: f"HTTP {status}, {str(answer)[:200]}"
        for name, status, answer in said
        if status != 200 or answer.get("code") != "0" or not rows(answer.get("data"))
    }


def rows(data: Any) -> bool:
    """Whether there is a value anywhere inside."""
    if isinstance(data, dict | list):
        return any(rows(one) for one in (data.values() if isinstance(data, dict) else data))
    return data is not None


def untyped(raw: bytes) -> bytes:
    """Take the types out of TypeScript, so that any Node can run it."""
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_typescript.language_typescript()))
    nodes, types = [parser.parse(raw).root_node], []
    assert not nodes[0].has_error, raw
    while nodes:
        node = nodes.pop()
        if node.type == "type_annotation":
            types.append((node.start_byte, node.end_byte))
        else:
            nodes += node.children
    for start, end in sorted(types, reverse=True):
        raw = raw[:start] + raw[end:]
    return raw


def test_types_are_taken_out():
    assert untyped(b"const a: Map<string, B> = f((b: C): D => b)") == b"const a = f((b) => b)"


@pytest.mark.parametrize(
    ("answer", "good"),
    [
        ({"code": "0", "data": [{"close": 0}]}, True),
        ({"code": "0", "data": {"a": [], "b": {}}}, False),
        ({"code": "0"}, False),
        ({"code": "400", "data": [1]}, False),
    ],
)
def test_the_judge_wants_rows(answer, good):
    assert (failing([["a", 200, answer]]) == {}) is good
    assert failing([["a", 500, answer]]) != {}
