"""Fuzzing the sandbox: it keeps every promise on each plan, and what it is made to break is found."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from audit.client.answers import Complete
from audit.contract.fuzz_cases import Case, make_cases, wire
from audit.contract.fuzz_checks import honest
from audit.contract.fuzz_demand import Demand, rule
from audit.jobs import fuzzing
from audit.jobs.settings import Settings, aim
from audit.model import Outcome, Run, Severity, Verdict
from audit.probe.reading import read
from audit.spec.catalog import Spec
from tests.support.cli import environment, run_here, run_process

NOW = 1_790_000_000.0
HISTORY = "futures_open_interest_history"
# A list, a candle series with gates, a page of a list, and an operation without parameters.
FEW = (HISTORY, "futures_supported_coins", "hyperliquid_position", "exchange_chain_tx_list")


def few(spec: Spec, **options: Any) -> tuple[Case, ...]:
    chosen = {"max_examples": 4, "seed": 0, "plan": "standard", "now": NOW, **options}
    return make_cases(spec, [spec.operations[name] for name in FEW], **chosen)


def sent(spec: Spec, cases: tuple[Case, ...], plan: str = "standard", *faults: str, budget: int = 0) -> Run:
    settings = Settings(plan=plan, sandbox=True, faults=faults)
    plotted = fuzzing.Plot(spec.ladder.get(plan), cases, budget or 3 * len(cases), seed=0)
    return fuzzing.fuzz(spec, settings, aim(settings, spec, None), plotted)


def tally(run: Run) -> dict[str, Any]:
    found: dict[str, Any] = run.model_dump()["fuzz"]
    return found


@pytest.fixture(scope="module")
def cases(spec: Spec) -> tuple[Case, ...]:
    return few(spec)


@pytest.mark.slow
def test_the_sandbox_keeps_every_promise_on_each_plan(spec: Spec) -> None:
    """Each plan is asked the ordinary request of every operation and its share of the others."""
    operations, plans = tuple(spec.operations.values()), spec.ladder.names
    made = make_cases(spec, operations, max_examples=3, seed=0, plan=plans[0], now=NOW)
    ordinary, others = made[: len(operations)], made[len(operations) :]
    seen: Counter[str] = Counter()
    for place, plan in enumerate(plans):
        run = sent(spec, (*ordinary, *others[place :: len(plans)]), plan)
        assert run.findings == (), plan
        assert run.decision.outcome is Outcome.GO, plan
        numbers = tally(run)
        assert numbers["operations"] == len(operations)
        assert numbers["cases"] == numbers["requests"]
        seen.update({name: numbers[name] for name in ("cases", "positive", "negative")})
        seen.update(numbers["verdicts"])
    assert seen["cases"] == len(ordinary) * len(plans) + len(others) >= 1200
    assert min(seen["positive"], seen["negative"]) >= 150
    assert seen.keys() - {"cases", "positive", "negative"} == {
        *("available", "empty", "bad_request", "plan_gated", "interval_gated")
    }


def test_the_same_seed_makes_the_same_cases(spec: Spec, cases: tuple[Case, ...]) -> None:
    def told(made: tuple[Case, ...]) -> list[tuple[str, Any]]:
        return [(case.operation.id, case.pairs) for case in made]

    assert told(few(spec)) == told(cases)
    assert told(few(spec, seed=1)) != told(cases)


def test_the_cases_come_in_rounds_ordinary_ones_first(cases: tuple[Case, ...]) -> None:
    assert [case.operation.id for case in cases[: len(FEW)]] == list(FEW)
    assert {case.meant for case in cases[: len(FEW)]} == {"ordinary"}
    assert {case.ruling.demand for case in cases} == set(Demand)
    assert len({(case.operation.id, case.pairs) for case in cases}) == len(cases)


def test_what_is_made_to_be_good_is_never_forbidden(cases: tuple[Case, ...]) -> None:
    good = [case for case in cases if case.meant != "negative"]
    assert {case.ruling.demand for case in good} <= {Demand.ANSWER, Demand.EITHER}


def test_parameters_are_read_as_they_are_sent() -> None:
    made = {"limit": [1, 2.5], "object": {"a": 1}, "empty": [], "none": None, "yes": "true"}
    assert wire(made) == (("limit", "1"), ("limit", "2.5"), ("object", "a"), ("yes", "true"))


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("server-500", "server-fault"),
        ("server-502-html", "server-fault"),
        ("server-500@0.3", "server-fault"),
        ("reset@0.5", "server-fault"),
        ("html-200", "unreadable-answer"),
        ("truncated-json", "unreadable-answer"),
        ("not-found", "unknown-endpoint"),
        ("plan-gate", "plan-mismatch"),
        ("interval-gate", "interval-mismatch"),
        ("missing-field", "field-missing"),
        ("extra-field", "field-unknown"),
        ("wrong-type", "field-type"),
        ("numeric-code", "field-type"),
        ("seconds", "field-type"),
        ("empty-list", "plan-mismatch"),
        ("shuffled", "series-order"),
        ("ohlc-broken", "ohlc-range"),
    ],
)
def test_a_fault_is_found(spec: Spec, cases: tuple[Case, ...], fault: str, expected: str) -> None:
    kind, chance, share = fault.partition("@")
    run = sent(spec, cases, "standard", f"{kind}:{HISTORY}{chance}{share}")
    found = [finding for finding in run.findings if finding.operation == HISTORY]
    assert expected in {finding.rule for finding in found}
    assert {finding.operation for finding in run.findings} == {HISTORY}
    if expected != "field-unknown":
        assert run.decision.outcome is Outcome.NO_GO
        assert tally(run)["failures"][expected] >= 1
    for finding in found:
        assert finding.evidence is not None
        assert finding.evidence.startswith('curl -H "CG-API-KEY: $COINGLASS_API_KEY" ')
        assert "sandbox-standard" not in finding.model_dump_json()


@pytest.mark.parametrize("wrong", ["required", "choices", "number", "limit"])
def test_a_parameter_that_is_let_through_is_found(
    spec: Spec, cases: tuple[Case, ...], wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sandbox is made to take whatever comes, and does as if it had been an ordinary request."""
    from audit.sandbox import app

    def lenient(operation: Any, given: Any) -> tuple[dict[str, str], None]:
        return {one.name: one.example for one in operation.parameters if one.example}, None

    operation = spec.operations[HISTORY]
    pairs = {
        "required": (("symbol", "BTCUSDT"), ("interval", "1d")),
        "choices": (("exchange", "Binance"), ("symbol", "BTCUSDT"), ("interval", "2d")),
        "number": (("exchange", "Binance"), ("symbol", "BTCUSDT"), ("interval", "1d"), ("limit", "few")),
        "limit": (("exchange", "Binance"), ("symbol", "BTCUSDT"), ("interval", "1d"), ("limit", "3")),
    }[wrong]
    case = Case(operation, "negative", pairs, rule(operation, pairs), cases[0].made)
    assert sent(spec, (cases[0], case)).findings == ()
    monkeypatch.setattr(app, "check", lenient)
    run = sent(spec, (cases[0], case))
    assert [finding.rule for finding in run.findings] == ["wrong-param"]
    told = {
        "required": "answers although exchange is missing",
        "choices": "answers although interval is not one of the documented",
        "number": "answers although limit is not a whole number",
        "limit": "sends more rows than limit allows",
    }
    assert run.findings[0].message == told[wrong]


def test_gates_that_stand_open_are_found(
    spec: Spec, cases: tuple[Case, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    from audit.sandbox import app

    monkeypatch.setattr(app, "expect", lambda *given: Verdict.AVAILABLE)
    fine = tuple(case for case in cases if ("interval", "1m") in case.pairs or case.meant == "ordinary")
    pairs = tuple({**dict(cases[0].pairs), "interval": "1m"}.items())
    finer = Case(cases[0].operation, "positive", pairs, cases[0].ruling, cases[0].made)
    run = sent(spec, (*fine, finer), "hobbyist")
    assert "interval-mismatch" in {finding.rule for finding in run.findings}


@pytest.mark.parametrize("text", ["٣", "1_0", "1__0", "+-1", "0x10", "Infinity"])
def test_the_sandbox_takes_no_number_that_only_python_would_read(
    spec: Spec, cases: tuple[Case, ...], text: str
) -> None:
    for name, parameter in ((HISTORY, "limit"), ("exchange_chain_tx_list", "min_usd")):
        operation = spec.operations[name]
        ordinary = next(case for case in cases if case.operation is operation)
        pairs = (*ordinary.pairs[:3], (parameter, text))
        case = Case(operation, "negative", pairs, rule(operation, pairs), ordinary.made)
        assert case.ruling.demand is Demand.REFUSAL
        assert sent(spec, (ordinary, case)).findings == ()


def test_the_sandbox_sends_no_more_rows_than_a_limit_that_is_left_out_allows(
    spec: Spec, cases: tuple[Case, ...]
) -> None:
    operation = spec.operations["exchange_chain_tx_list"]
    open_ended = (("start_time", "0"),)
    ordinary = next(case for case in cases if case.operation is operation)
    case = Case(operation, "positive", open_ended, rule(operation, open_ended), ordinary.made)
    assert sent(spec, (case,)).findings == ()


def test_another_provider_is_fuzzed_from_its_description_alone() -> None:
    small = Path(__file__).resolve().parents[1] / "spec" / "small"
    ran = run_here("fuzz", "--spec", str(small), "--max-examples", "5")
    assert ran.code == 0, ran.err
    assert "fuzzed 4 of 4 operations on crew: " in ran.out


def test_no_more_requests_leave_than_the_budget_holds(spec: Spec, cases: tuple[Case, ...]) -> None:
    run = sent(spec, cases, "standard", "server-500", budget=7)
    numbers = tally(run)
    # Two cases were asked three times each; the third was not finished.
    assert (numbers["requests"], numbers["cases"]) == (7, 2)
    whole = sent(spec, cases, budget=len(FEW))
    assert tally(whole)["cases"] == len(FEW)
    assert whole.decision.outcome is Outcome.GO


def test_a_server_that_does_not_answer_ends_the_run(spec: Spec, cases: tuple[Case, ...]) -> None:
    run = sent(spec, cases, "standard", "reset")
    assert tally(run)["cases"] < len(cases)
    assert run.decision.outcome is Outcome.INCOMPLETE


def test_a_finding_names_the_shortest_request_and_counts_the_others(
    spec: Spec, cases: tuple[Case, ...]
) -> None:
    run = sent(spec, cases, "standard", "missing-field")
    found = next(one for one in run.findings if one.operation == HISTORY and one.rule == "field-missing")
    answered = [one for one in run.observations if one.operation == HISTORY and one.rows]
    assert f"({len(answered) - 1} more case" in found.message
    shortest = min(len(one.params) for one in answered)
    assert (found.evidence or "").count("=") == shortest


@pytest.mark.parametrize(
    ("status", "body", "shown"),
    [
        (200, {"code": "0", "msg": "success", "data": ["BTC"]}, 200),
        (200, {"code": "400", "msg": "The requested pair does not exist on the exchange."}, 400),
        (200, {"code": "500", "msg": "Server Error"}, 500),
        (200, {"code": "40001", "msg": "Upgrade plan"}, 400),
        (503, {"code": "500", "msg": "Server Error"}, 503),
    ],
)
def test_schemathesis_is_shown_what_the_body_says(
    spec: Spec, cases: tuple[Case, ...], status: int, body: dict[str, Any], shown: int
) -> None:
    operation = spec.operations["futures_supported_coins"]
    outcome = Complete(status, {"content-type": "application/json"}, json.dumps(body).encode(), 0.01)
    reading = read(outcome, operation, spec.provider, spec.refusals, worked=True)
    response = honest(outcome, reading, "http://127.0.0.1/api/futures/supported-coins")
    assert response.status_code == shown
    made = next(case.made for case in cases if case.operation is operation)
    if shown >= 500:
        with pytest.raises(BaseExceptionGroup):
            made.validate_response(response)
    else:
        made.validate_response(response)


@pytest.fixture
def json_run() -> Any:
    def run(*arguments: str) -> tuple[int, Run, str]:
        ran = run_here("fuzz", "--format", "json", "--max-examples", "2", *arguments)
        return ran.code, Run.model_validate_json(ran.out), ran.err

    return run


def test_the_command_says_what_it_is_about_to_do_and_what_it_did() -> None:
    ran = run_here("fuzz", "--only", "futures_open_interest_*", "--max-examples", "2", "--budget", "30")
    assert ran.code == 0, ran.err
    assert "at most 30 requests" in ran.err
    assert ran.out.startswith("SANDBOX: says nothing about the live API\n")
    assert "fuzzed 7 of 158 operations on standard: " in ran.out
    assert "failures: none\n" in ran.out


def test_the_command_prints_a_run_with_the_findings(json_run: Any) -> None:
    code, run, _ = json_run("--only", HISTORY, "--fault", "missing-field")
    assert code == 1
    assert {finding.severity for finding in run.findings} == {Severity.ERROR}
    assert tally(run)["seed"] == 0
    assert run.observations


def test_a_plan_that_gates_everything_asked_is_still_judged(spec: Spec, json_run: Any) -> None:
    gated = "futures_liquidation_heatmap_model1"
    code, run, _ = json_run("--only", gated, "--plan", "hobbyist")
    assert code == 0
    assert tally(run)["verdicts"]["plan_gated"] >= 2


def test_another_server_is_asked_within_a_budget(sandbox_url: str, json_run: Any) -> None:
    code, run, err = json_run(
        "--base-url", sandbox_url, "--plan", "standard", "--budget", "12", "--only", HISTORY
    )
    assert code == 0, err
    assert "at most 12 requests" in err
    assert tally(run)["requests"] <= 12
    assert run.target.base_url == sandbox_url


def test_a_key_that_is_refused_ends_the_run_and_shows_nowhere(sandbox_url: str) -> None:
    key = "fa4e" * 8
    ran = run_here(
        *("fuzz", "--base-url", sandbox_url, "--plan", "standard", "--only", HISTORY, "--format", "json"),
        COINGLASS_API_KEY=key,
    )
    run = Run.model_validate_json(ran.out)
    assert ran.code == 3
    assert tally(run)["requests"] == 1
    assert run.decision.outcome is Outcome.INCOMPLETE
    assert key not in ran.out + ran.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--live", "--plan", "standard"), "--live needs a key; set COINGLASS_API_KEY"),
        (("--live", "--base-url", "http://127.0.0.1:1"), "exclude each other"),
        (("--base-url", "http://127.0.0.1:1"), "name the plan of the key with --plan; one of hobbyist,"),
        (("--only", "nowhere_*"), "no operation matches"),
        (("--plan", "gold"), "unknown plan 'gold'"),
        (("--base-url", "http://127.0.0.1:1", "--plan", "standard", "--fault", "reset"), "--fault is for"),
    ],
)
def test_wrong_use_is_one_line(
    arguments: tuple[str, ...], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = run_here("fuzz", *arguments)
    assert ran.code == 2
    assert told in ran.err
    assert ran.err.count("\n") == 1


def test_nothing_is_left_in_the_folder_and_every_warning_is_an_error(tmp_path: Path) -> None:
    ran = run_process(
        "fuzz", "--only", HISTORY, "--max-examples", "2", "--quiet", cwd=tmp_path, PYTHONWARNINGS="error"
    )
    assert ran.code == 0, ran.err
    assert ran.err == ""
    assert list(tmp_path.iterdir()) == []


def test_the_library_is_loaded_when_cases_are_made_and_not_before(tmp_path: Path) -> None:
    told = (
        "import sys, audit.cli.fuzz, audit.jobs.fuzzing; "
        "print({'schemathesis', 'hypothesis'} & {*sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", told],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "set()\n"
