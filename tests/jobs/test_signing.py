"""A sign-off with code: one plan, one decision, one Run of what was promised, observed and relied on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from audit.errors import UsageError
from audit.jobs.probing import Audited
from audit.jobs.scanning import Scan
from audit.jobs.settings import Settings, aim
from audit.jobs.signing import sign_off
from audit.model import Outcome, Run, TargetKind
from audit.spec.catalog import Spec
from tests.support.cli import run_here

PRICE = "futures_price_history"
HEATMAP = "futures_liquidation_heatmap_model1"
GOOD = """import requests

URL = "https://open-api-v4.coinglass.com/api/futures/price/history"
PARAMS = {"exchange": "Binance", "symbol": "BTCUSDT", "interval": "1d", "limit": 10}


def prices(key):
    answer = requests.get(URL, params=PARAMS, headers={"CG-API-KEY": key}, timeout=5).json()
    if answer["code"] != "0":
        raise RuntimeError(answer["msg"])
    return answer["data"]
"""
OLD = GOOD.replace("/api/futures/price/history", "/api/futures/openInterest/ohlc-history")
GATED = GOOD.replace("/api/futures/price/history", "/api/futures/liquidation/heatmap/model1").replace(
    '"interval": "1d", "limit": 10', '"range": "3d"'
)
assert len({GOOD, OLD, GATED}) == 3

Sign = Callable[..., Audited]


@pytest.fixture
def sign(spec: Spec, tmp_path: Path) -> Sign:
    """Sign off a few operations of the sandbox, and one file of code."""

    def signed(text: str, **options: Any) -> Audited:
        code = tmp_path / "bot.py"
        code.write_text(text)
        settings = Settings(**{"sandbox": True, "only": (PRICE, HEATMAP), "plan": "standard", **options})
        asked = Scan(paths=(code,), threshold=settings.threshold, jobs=1)
        return sign_off(spec, settings, aim(settings, spec, None), asked, None, lambda _: None)

    return signed


def test_code_that_is_right_on_an_api_that_keeps_its_promise_is_a_go(sign: Sign) -> None:
    run = sign(GOOD).run
    assert run.decision.outcome is Outcome.GO, run.findings
    assert run.decision.reasons[0].endswith("operations answered as promised.")
    assert run.decision.reasons[-1].startswith("Code: 1 use")
    assert run.target.kind is TargetKind.SANDBOX
    assert [use.operation for use in run.uses] == [PRICE]
    assert run.advice is not None
    assert run.advice.minimum_plan == "hobbyist"
    assert run.scanned is not None
    assert run.scanned.files == 1
    assert run.observations
    assert run.key is not None


def test_old_code_stands_in_the_way(sign: Sign) -> None:
    run = sign(OLD).run
    assert run.decision.outcome is Outcome.NO_GO
    assert run.decision.reasons[0].startswith("Code: ")
    assert "legacy-endpoint" in {finding.rule for finding in run.findings if finding.location}
    assert Run.model_validate_json(run.model_dump_json()) == run


def test_code_is_held_against_the_plan_that_is_declared(sign: Sign) -> None:
    (finding,) = sign(GATED).run.findings
    assert (finding.rule, finding.operation) == ("plan-gated", HEATMAP)
    assert "was refused in the run; the plan is standard" in finding.message
    assert sign(GATED, plan="professional").run.decision.outcome is Outcome.GO


def test_without_a_declared_plan_the_one_of_the_key_counts(sign: Sign) -> None:
    run = sign(GATED, plan=None).run
    assert run.plan.declared is None
    assert run.plan.detected == "standard"
    assert ("plan-gated", HEATMAP) in {(finding.rule, finding.operation) for finding in run.findings}


def test_what_was_observed_outweighs_the_promise(sign: Sign) -> None:
    """The plan promises the prices; this server refuses them, so code that asks for them fails too."""
    run = sign(GOOD, faults=(f"plan-gate:{PRICE}",)).run
    assert run.decision.outcome is Outcome.NO_GO
    in_code = [finding for finding in run.findings if finding.location]
    assert [(finding.rule, finding.operation) for finding in in_code] == [("plan-gated", PRICE)]
    assert "was refused in the run" in in_code[0].message
    assert [reason.partition(":")[0] for reason in run.decision.reasons] == ["plan-mismatch", "Code"]


def test_an_observed_gate_of_intervals_outweighs_the_promise(sign: Sign) -> None:
    run = sign(GOOD, faults=(f"interval-gate:{PRICE}",), intervals="none").run
    in_code = [finding for finding in run.findings if finding.location]
    assert [(finding.rule, finding.operation) for finding in in_code] == [("interval-gated", PRICE)]
    assert "was refused as too fine in the run" in in_code[0].message


def test_code_without_a_use_decides_nothing_and_says_so(sign: Sign) -> None:
    run = sign("print('hello')\n").run
    assert run.decision.outcome is Outcome.GO
    assert run.decision.reasons[-1] == "Code: no use of the API was found, so there was nothing to judge."
    assert run.advice is None


def test_a_path_that_is_not_there_is_told_before_anything_is_asked(spec: Spec, tmp_path: Path) -> None:
    settings = Settings(sandbox=True, out=tmp_path / "out")
    with pytest.raises(UsageError, match="nowhere"):
        sign_off(spec, settings, aim(settings, spec, None), Scan(paths=(tmp_path / "nowhere",)), None, print)
    assert not (tmp_path / "out").exists()


# ------------------------------------------------------------------ the command


def signoff(*options: str) -> tuple[int, str, str]:
    ran = run_here("signoff", "--sandbox", "--plan", "standard", "--only", PRICE, "--no-color", *options)
    return ran.code, ran.out, ran.err


def test_the_command_folds_code_into_every_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "old.py").write_text(OLD)
    (tmp_path / "good.py").write_text(GOOD)
    code, out, _ = signoff("--code", "src", "--code", "good.py")
    assert code == 1
    assert "src/old.py:3" in out
    assert "operations answered as promised." in out
    folder = tmp_path / "reports" / "signoff-sandbox-standard"
    run = Run.model_validate_json((folder / "run.json").read_bytes())
    assert {use.file for use in run.uses} == {"good.py", "src/old.py"}
    for name in ("signoff.html", "signoff.md", "junit.xml", "signoff.sarif"):
        assert "src/old.py" in (folder / name).read_text(), name
    assert signoff("--code", "good.py")[0] == 0
    assert signoff("--code", "src", "--fail-on", "never")[0] == 0


def test_the_commands_own_outputs_are_not_scanned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.py").write_text(GOOD)
    for options in (("--code", "."), ("--code", ".", "--out", "mine"), ("--code", ".", "--out", "mine")):
        code, out, _ = signoff(*options, "--format", "json")
        assert code == 0
        found = {use["file"] for use in json.loads(out)["uses"]}
        assert found == {"good.py"}, found
        for file in (tmp_path / "reports").glob("*/*"):
            file.unlink()


@pytest.mark.parametrize("form", ["junit", "sarif"])
@pytest.mark.parametrize("command", ["signoff", "probe", "scan"])
def test_each_command_prints_the_formats_that_ci_reads(
    form: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.py").write_text(OLD)
    asked = ("old.py",) if command == "scan" else ("--sandbox", "--only", PRICE)
    ran = run_here(command, *asked, "--format", form)
    assert ran.code == (1 if command == "scan" else 0), ran.err
    assert ran.out.startswith("<?xml" if form == "junit" else "{")
    assert form in run_here(command, "--help").out


def test_the_projects_settings_for_a_scan_hold_here_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.py").write_text(OLD)
    (tmp_path / "good.py").write_text(GOOD)
    settings = tmp_path / "pyproject.toml"
    assert signoff("--code", ".")[0] == 1
    settings.write_text('[tool.coinglass-audit.scan]\nexclude = ["old.py"]\n')
    assert signoff("--code", ".")[0] == 0
    settings.write_text('[tool.coinglass-audit.scan]\nbaseline = "known.json"\n')
    assert run_here("scan", ".", "--write-baseline").code == 0
    assert signoff("--code", ".")[0] == 0
    settings.write_text('[tool.coinglass-audit.scan]\nignore = ["legacy-endpiont"]\n')
    code, _, err = signoff("--code", ".")
    assert code == 2
    assert "did you mean legacy-endpoint" in err


def test_a_path_that_is_not_there_is_a_wrong_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = signoff("--code", "nowhere")
    assert code == 2
    assert "'nowhere': No such file or directory" in err
