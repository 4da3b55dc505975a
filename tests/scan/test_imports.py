"""Constants from other files: found where an import says, within the given paths, and no further."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit.jobs.scanning import Scan, scan
from audit.scan.imports import MAX_BYTES, Neighbours, candidates
from audit.scan.source import Source, read_source
from tests.scan.test_corpus import judged, shipped

OLD = "https://open-api-v3.coinglass.com"
PATH = "futures/liquidation/history"
# The file with the constant, what it says, the file that imports it, and what that says.
PROJECTS = {
    "python from": ("config.py", f'B = "{OLD}"', "bot.py", f'from config import B\nget(f"{{B}}/{PATH}")'),
    "python module": ("app/config.py", f'B = "{OLD}"', "app/bot.py",
                      f'from . import config as c\nget(c.B + "/{PATH}")'),
    "python absolute": ("app/config.py", f'B = "{OLD}"', "app/jobs/bot.py",
                        f'import app.config\nget(app.config.B + "/{PATH}")'),
    "python star": ("app/config.py", f'B = "{OLD}"', "app/bot.py",
                    f'from .config import *\nget(B + "/{PATH}")'),
    "python class": ("config.py", f'class S:\n    base = "{OLD}"\ns = S()', "bot.py",
                     f'from config import s\nget(s.base + "/{PATH}")'),
    "python environment": ("config.py", f'import os\nH = "{OLD}"\nB = os.getenv("B", H + "/api")', "bot.py",
                           f'from config import B\nget(B + "/{PATH}")'),
    "javascript require": ("config.js", f"const B = '{OLD}'; module.exports = {{ B }};", "a.js",
                           f"const {{ B: base }} = require('./config'); get(`${{base}}/{PATH}`)"),
    "javascript required entry": ("lib/config.js", f"exports.B = '{OLD}';", "a.js",
                                  f"const b = require('./lib/config').B; get(b + '/{PATH}')"),
    "javascript default": ("config.js", f"export default {{ base: '{OLD}' }};", "a.js",
                           f"import c from './config.js'; get(c.base + '/{PATH}')"),
    "typescript alias": ("src/config.ts", f"export const API = {{ base: '{OLD}' }};", "src/a/b.ts",
                         f"import {{ API }} from '@/config'; get(`${{API.base}}/{PATH}`)"),
    "typescript namespace": ("config/index.ts", f"export const B: string = '{OLD}';", "a.ts",
                             f"import * as c from './config'; get(c.B + '/{PATH}')"),
    "json": ("config.json", f'{{"base": "{OLD}"}}', "a.js",
             f"const c = require('./config.json'); get(c.base + '/{PATH}')"),
    "go sibling": ("cg/client.go", f'package cg\nconst base = "{OLD}"', "cg/futures.go",
                   f'package cg\nfunc f() {{ get(base + "/{PATH}") }}'),
    "go package": ("config/config.go", f'package config\nconst Base = "{OLD}"', "cmd/main.go",
                   f'package main\nimport "h.org/x/config"\nfunc f() {{ get(config.Base + "/{PATH}") }}'),
    "java": ("org/a/Config.java", f'class Config {{ static final String B = "{OLD}"; }}', "org/b/Api.java",
             f'import org.a.Config; class Api {{ void f() {{ get(Config.B + "/{PATH}"); }} }}'),
    "java static": ("org/a/Config.java", f'class Config {{ static final String B = "{OLD}"; }}',
                    "org/b/Api.java",
                    f'import static org.a.Config.B; class Api {{ void f() {{ get(B + "/{PATH}"); }} }}'),
    "kotlin": ("org/a/Constants.kt", f'const val B = "{OLD}"', "org/a/Api.kt",
               f'fun f() {{ get("$B/{PATH}") }}'),
    "csharp": ("Settings/Config.cs", f'static class Config {{ public const string B = "{OLD}"; }}', "Api.cs",
               f'using App.Settings; class Api {{ void F() {{ Get($"{{Config.B}}/{PATH}"); }} }}'),
    "php include": ("config.php", f"<?php define('B', '{OLD}');", "a.php",
                    f"<?php require __DIR__ . '/config.php'; get(B . '/{PATH}');"),
    "php class": ("app/Config.php", f"<?php class Config {{ const B = '{OLD}'; }}", "app/Api.php",
                  f"<?php use App\\Config; get(Config::B . '/{PATH}');"),
    "ruby": ("lib/config.rb", f"module Config\n  B = '{OLD}'\nend", "a.rb",
             f'require_relative "lib/config"\nget("#{{Config::B}}/{PATH}")'),
    "dart": ("lib/config.dart", f"const b = '{OLD}';", "lib/a.dart",
             f"import 'package:app/config.dart'; f() {{ get('$b/{PATH}'); }}"),
    "rust": ("src/config.rs", f'pub const B: &str = "{OLD}";', "src/main.rs",
             f'use crate::config::B; fn f() {{ get(format!("{{}}/{PATH}", B)); }}'),
    "rust module": ("src/config/mod.rs", f'pub const B: &str = "{OLD}";', "src/main.rs",
                    f'mod config; fn f() {{ get(format!("{{}}/{PATH}", config::B)); }}'),
}  # fmt: skip


def written(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")


def source_of(path: Path, root: Path) -> Source:
    near = Neighbours([root])
    return read_source(str(path), path.read_bytes(), shipped()[1], near.outside(str(path)))


@pytest.mark.parametrize("project", PROJECTS)
def test_a_base_from_another_file_gives_a_path_its_host(project: str, tmp_path: Path) -> None:
    config, says, bot, code = PROJECTS[project]
    written(tmp_path, {config: says, bot: code})
    path = tmp_path / bot
    alone, _ = judged(str(path), path.read_bytes())
    assert not [use for use in alone.relied.uses if use.host]
    (use,) = source_of(path, tmp_path).relied.uses
    assert use.host is not None
    assert use.host.version == "v3"
    assert use.here


def test_somebody_elses_base_from_another_file_is_no_use(tmp_path: Path) -> None:
    code = '# beside CoinGlass\nfrom config import BASE\nget(BASE + "/api/futures/liquidation/history")'
    written(tmp_path, {"config.py": 'BASE = "https://api.example.org"', "bot.py": code})
    assert len(judged("bot.py", code.encode())[0].relied.uses) == 1
    assert source_of(tmp_path / "bot.py", tmp_path).relied.uses == []


def test_a_path_that_stands_in_another_file_is_told_of_there_alone(tmp_path: Path) -> None:
    code = f'from config import P\nrequests.get("{OLD}" + P, params={{"pair": "BTCUSDT"}}, timeout=5)'
    says = 'P = "/api/futures/openInterest/ohlc-history"  # CoinGlass'
    written(tmp_path, {"config.py": says, "bot.py": code})
    (use,) = source_of(tmp_path / "bot.py", tmp_path).relied.uses
    assert not use.here
    assert [param.name for param in use.parameters.given] == ["pair"]
    near = Neighbours([tmp_path])
    rules = {
        path.name: {
            finding.rule
            for finding in judged(path.name, path.read_bytes(), outside=near.outside(str(path)))[1]
        }
        for path in tmp_path.iterdir()
    }
    assert rules["config.py"] == {"legacy-endpoint"}
    assert rules["bot.py"] == {"legacy-host", "wrong-param", "missing-required-param"}


def test_nothing_outside_the_given_paths_is_read(tmp_path: Path) -> None:
    written(tmp_path, {"config.py": f'B = "{OLD}"', "in/bot.py": f'from config import B\nget(B + "/{PATH}")'})
    looked: list[str] = []

    def look(path: str) -> bytes | None:
        looked.append(path)
        return Path(path).read_bytes() if Path(path).is_file() else None

    bot = str(tmp_path / "in" / "bot.py")
    assert Neighbours([tmp_path / "in"], look).outside(bot)("config", ("B",)) == ()
    assert all(Path(path).is_relative_to(tmp_path / "in") for path in looked)
    (tmp_path / "in" / "config.py").symlink_to(tmp_path / "config.py")
    assert Neighbours([tmp_path / "in"]).outside(bot)("config", ("B",)) == ()
    assert Neighbours([bot]).outside(bot)("config", ("B",)) == ()
    assert Neighbours([tmp_path]).outside(bot)("config", ("B",)) != ()


def test_looking_is_one_file_deep_and_bounded(tmp_path: Path) -> None:
    written(
        tmp_path,
        {
            "far.py": f'B = "{OLD}"',
            "near.py": "from far import B",
            "large.py": f'B = "{OLD}"\n' + "#" * MAX_BYTES,
            "broken.py": f'B = "{OLD}"\n' + "(" * 100_000,
            "self.py": "from self import B",
        },
    )
    ask = Neighbours([tmp_path]).outside(str(tmp_path / "bot.py"))
    assert ask("far", ("B",)) != ()
    for module in ("near", "large", "absent", "self", "." * 500, "a." * 5000, "/etc/passwd", "..\0"):
        assert ask(module, ("B",)) == (), module[:20]
    ask("broken", ("B",))


def test_the_files_of_others_are_not_asked_for() -> None:
    assert list(candidates("a/b.ts", "typescript", "axios", ("get",))) == []
    assert list(candidates("a/b.py", "python", "", ("x",))) == []
    assert "a/config.ts" in candidates("a/b.ts", "typescript", "./config", ("x",))
    assert "config.ts" not in candidates("a/b.ts", "typescript", "./config", ("x",))


def test_a_scan_over_several_processes_asks_the_files_it_was_given(tmp_path: Path) -> None:
    written(
        tmp_path, {"config.py": f'B = "{OLD}"', "bot.py": f'from config import B\nget(B + "/api/{PATH}")'}
    )
    for paths, status in (((tmp_path,), "legacy"), ((tmp_path / "bot.py",), "current")):
        run = scan(shipped()[0], Scan(paths, jobs=2))
        assert [(Path(use.file).name, use.status) for use in run.uses] == [("bot.py", status)]
