"""The layers of ARCHITECTURE.md hold in the code: an import points down, never up."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "audit"

# Top to bottom; a layer may import itself and what stands below it.
LAYERS = (
    *("__main__", "cli", "report", "jobs", "history", "contract", "checks", "scan", "probe"),
    *("sandbox", "client", "spec", "model", "errors", "__init__"),
)

MODULES = sorted(PACKAGE.rglob("*.py"))


def layer_of(module: str) -> str:
    """``audit.spec.catalog`` -> ``spec``; ``audit`` itself is the bottom."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def imports(path: Path) -> list[tuple[int, str]]:
    """Every module of this package that a file imports, inside functions too."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            for alias in node.names:
                deeper = f"{node.module}.{alias.name}"
                is_module = (PACKAGE.parent / deeper.replace(".", "/")).with_suffix(".py").exists()
                found.append((node.lineno, deeper if is_module else str(node.module)))
    return [(line, name) for line, name in found if name.split(".")[0] == "audit"]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_an_import_never_points_up(path: Path) -> None:
    own = path.relative_to(PACKAGE).with_suffix("").parts[0]
    for line, name in imports(path):
        target = layer_of(name)
        assert LAYERS.index(target) >= LAYERS.index(own), (
            f"{path.name}:{line}: {own} imports {name}, which is above it"
        )


def test_every_layer_is_named() -> None:
    found = {path.relative_to(PACKAGE).with_suffix("").parts[0] for path in MODULES}
    assert found <= set(LAYERS)


def test_the_formats_know_the_model_alone() -> None:
    for path in (PACKAGE / "report" / "formats").glob("*.py"):
        for line, name in imports(path):
            assert layer_of(name) in ("model", "errors", "report", "__init__"), (
                f"{path.name}:{line}: imports {name}"
            )


def test_one_module_knows_the_http_library() -> None:
    users = [
        path.relative_to(PACKAGE).as_posix()
        for path in MODULES
        if any(
            line.split()[:2] in (["import", "httpx"], ["from", "httpx"])
            for line in path.read_text().splitlines()
        )
    ]
    assert users == ["client/http.py"]
