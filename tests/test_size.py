"""Files, functions and parameter lists stay small enough to be read at a glance."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted((ROOT / "audit").rglob("*.py"))
MAX_FILE, MAX_FUNCTION = 400, 60


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_small_and_says_what_it_is_for(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert text.count("\n") <= MAX_FILE
    assert ast.get_docstring(tree), "no docstring"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno < MAX_FUNCTION, f"{node.name} at line {node.lineno}"


def test_python_does_not_know_the_provider() -> None:
    """Hosts, headers and words of refusal are data; only the tool's own name may appear."""
    for path in FILES:
        text = path.read_text(encoding="utf-8").lower().replace("coinglass-audit", "")
        for word in ("coinglass", "cg-api-key", "upgrade plan", "api-key-max-limit"):
            assert word not in text, f"{path.relative_to(ROOT)} says {word!r}; put it into specs/"
