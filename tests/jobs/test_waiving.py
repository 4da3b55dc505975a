"""A waiver takes its findings out of the decision until its last day, and does nothing more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from audit.errors import UsageError
from audit.jobs.deciding import decide
from audit.jobs.probing import Audited, probe
from audit.jobs.scanning import Scan
from audit.jobs.settings import Settings, aim
from audit.jobs.signing import sign_off
from audit.jobs.waiving import MAX_WAIVERS, NONE, Waivers, read_waivers
from audit.model import (
    Finding,
    Location,
    Observation,
    Outcome,
    Run,
    Severity,
    Verdict,
    Waiver,
    WaiverState,
    in_the_way,
)
from audit.spec.catalog import Spec

PRICE, OTHER = "futures_price_history", "futures_coins_markets"
TODAY = date(2026, 11, 21)
OLD_CODE = 'import requests\nrequests.get("https://open-api-v4.coinglass.com/api/futures/openInterest/ohlc-history")\n'


def waiver(rule: str = "server-fault", **changes: Any) -> Waiver:
    given = {"rule": rule, "reason": "Known: case 7.", "by": "Ada", "until": "2026-12-31"}
    return Waiver(**{**given, **changes})


def waivers(*given: Waiver, today: date = TODAY) -> Waivers:
    return Waivers(given, today)


def found(rule: str = "server-fault", operation: str | None = PRICE, file: str | None = None) -> Finding:
    return Finding(
        rule=rule,
        severity=Severity.ERROR,
        message="something is off",
        operation=operation,
        location=Location(file=file, line=3) if file else None,
    )


Probed = Callable[..., Run]


@pytest.fixture
def probed(spec: Spec) -> Probed:
    """Probe two operations of the sandbox, one of which fails, with waivers."""

    def run(given: Waivers = NONE, **options: Any) -> Run:
        asked: dict[str, Any] = {"only": (PRICE, OTHER), "faults": (f"server-500:{PRICE}",), **options}
        settings = Settings(sandbox=True, plan="standard", waivers=given, **asked)
        done: Audited = probe(spec, settings, aim(settings, spec, None), lambda _: None)
        return given.told(done.run)

    return run


@pytest.mark.parametrize(
    ("given", "finding", "fits"),
    [
        ({}, found(), True),
        ({}, found("stale-data"), False),
        ({"operation": PRICE}, found(), True),
        ({"operation": "futures_*"}, found(), True),
        ({"operation": "Futures_*"}, found(), False),
        ({"operation": "spot_*"}, found(), False),
        ({"operation": "*"}, found(operation=None), False),
        ({"file": "src/*"}, found(file="src/deep/bot.py"), True),
        ({"file": "src/*"}, found(file="lib/bot.py"), False),
        ({"file": "*"}, found(), False),
        ({"file": "src/*", "operation": "spot_*"}, found(file="src/bot.py"), False),
        ({"until": "2026-11-21"}, found(), True),
        ({"until": "2026-11-20"}, found(), False),
    ],
)
def test_what_a_waiver_fits(given: dict[str, str], finding: Finding, fits: bool) -> None:
    (marked,) = waivers(waiver(**given)).mark([finding])
    assert (marked.waived is not None) is fits
    assert marked.model_copy(update={"waived": None}) == finding
    assert in_the_way([marked], Severity.ERROR) == ([] if fits else [finding])


def test_the_first_that_fits_is_the_one_that_counts() -> None:
    expired, first = waiver(until="2026-01-01"), waiver(operation="futures_*")
    marked = waivers(expired, first, waiver()).mark([found(), found(operation="spot_price")])
    assert [one.waived for one in marked] == [first, waiver()]


def test_without_a_waiver_the_fault_is_a_no_go(probed: Probed) -> None:
    run = probed()
    assert run.decision.outcome is Outcome.NO_GO
    assert run.waivers == ()


def test_a_waiver_that_holds_leaves_a_go_that_says_so(probed: Probed) -> None:
    run = probed(waivers(waiver(operation=PRICE)))
    faults = [one for one in run.findings if one.rule == "server-fault"]
    assert faults
    assert {one.waived and one.waived.by for one in faults} == {"Ada"}
    assert run.decision.outcome is Outcome.GO
    reasons = run.decision.reasons
    assert reasons[0].endswith("answered as promised, but for what is waived.")
    told = f"of server-fault on {PRICE} waived until 2026-12-31 by Ada: Known: case 7."
    assert reasons[-1].endswith(told)
    (used,) = run.waivers
    assert (used.state, used.findings) == (WaiverState.HOLDS, len(faults))
    assert Run.model_validate_json(run.model_dump_json()) == run


def test_an_expired_waiver_waives_nothing_and_is_told(probed: Probed) -> None:
    run = probed(waivers(waiver(until="2026-11-20")))
    assert run.decision.outcome is Outcome.NO_GO
    (used,) = run.waivers
    assert used.state is WaiverState.EXPIRED
    assert used.findings > 0
    assert run.decision.reasons[-1] == (
        "The waiver of server-fault by Ada expired on 2026-11-20 and waives nothing; "
        f"{used.findings} finding{'s' if used.findings > 1 else ''} would fit."
    )


def test_a_waiver_that_fits_nothing_is_told_and_changes_nothing(probed: Probed) -> None:
    run = probed(waivers(waiver("stale-data", file="src/*"), waiver("drift")), faults=())
    assert run.decision.outcome is Outcome.GO
    assert "waived" not in run.decision.reasons[0]
    assert run.decision.reasons[-1] == "2 waivers fit no finding of this run: stale-data in src/*, drift."
    assert {used.state for used in run.waivers} == {WaiverState.UNUSED}


def test_what_is_not_waived_still_stands_in_the_way(probed: Probed) -> None:
    run = probed(waivers(waiver(operation=OTHER)), faults=(f"server-500:{PRICE}", f"server-500:{OTHER}"))
    assert run.decision.outcome is Outcome.NO_GO
    assert f"server-fault: {PRICE}:" in run.decision.reasons[0]
    assert OTHER not in run.decision.reasons[0]


def test_an_incomplete_run_stays_incomplete() -> None:
    silent = Observation(operation=OTHER, method="GET", path="/", verdict=Verdict.UNREACHABLE)
    dead = silent.model_copy(update={"verdict": Verdict.SERVER_ERROR, "operation": PRICE})
    good = silent.model_copy(update={"verdict": Verdict.AVAILABLE, "operation": "good"})
    findings = waivers(waiver()).mark([found()])
    assert findings[0].waived is not None
    assert decide([dead], findings).outcome is Outcome.INCOMPLETE
    assert decide([good, dead, silent], findings).outcome is Outcome.INCOMPLETE
    assert decide([good, dead], findings, not_asked=1).outcome is Outcome.INCOMPLETE
    assert decide([good, dead], findings).outcome is Outcome.GO


def test_findings_in_code_are_waived_by_file(spec: Spec, tmp_path: Path) -> None:
    code = tmp_path / "src" / "bot.py"
    code.parent.mkdir()
    code.write_text(OLD_CODE)

    def signed(*given: Waiver) -> Run:
        settings = Settings(sandbox=True, plan="standard", only=(OTHER,), waivers=waivers(*given))
        asked = Scan(paths=(code,), jobs=1)
        return sign_off(spec, settings, aim(settings, spec, None), asked, None, lambda _: None).run

    bare = signed()
    assert bare.decision.outcome is Outcome.NO_GO
    rules = {one.rule for one in in_the_way(bare.findings, Severity.ERROR)}
    run = signed(*(waiver(rule, file="*/src/*") for rule in sorted(rules)))
    assert run.decision.outcome is Outcome.GO, run.decision.reasons
    assert "Code: 1 use of the API, nothing is wrong but what is waived." in run.decision.reasons
    elsewhere = signed(*(waiver(rule, file="*/lib/*") for rule in sorted(rules)))
    assert elsewhere.decision.outcome is Outcome.NO_GO


def read(tmp_path: Path, text: str) -> Waivers:
    (tmp_path / "waivers.yaml").write_text(text)
    return read_waivers(tmp_path / "waivers.yaml", TODAY)


GOOD = "- rule: drift\n  reason: Known.\n  by: Ada\n  until: 2026-12-31\n"


def test_a_file_of_waivers(tmp_path: Path) -> None:
    more = (
        "- {rule: secret, file: 'tests/*', operation: x, reason: ' Not a key. ', "
        "by: Bob, until: '2027-01-31'}\n"
    )
    assert read(tmp_path, GOOD + more) == Waivers(
        (
            waiver("drift", reason="Known."),
            waiver(
                "secret", reason="Not a key.", by="Bob", until="2027-01-31", file="tests/*", operation="x"
            ),
        ),
        TODAY,
    )
    assert read(tmp_path, "[]") == Waivers((), TODAY)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (GOOD.replace("drift", "drfit"), ":1: rule: unknown rule 'drfit'; did you mean drift?"),
        (GOOD.replace("by: Ada", "who: Ada"), ":1: by is missing; expected rule, reason, by and until"),
        (GOOD + "  expires: never\n", ":5: unknown key 'expires'; known: rule, operation, file, reason, by"),
        (GOOD.replace("Known.", "' '"), ":2: reason is empty; write it out"),
        (GOOD.replace("reason: Known.", "reason:"), ":2: reason: "),
        (GOOD.replace("2026-12-31", "soon"), ":4: until: expected a day such as 2026-12-31"),
        (GOOD.replace("2026-12-31", "2026-02-30"), ":4: until: day is out of range"),
        (GOOD.replace("2026-12-31", "20261231"), ":4: until: "),
        (GOOD.replace("until: 2026-12-31", ""), ":1: until is missing"),
        (GOOD + GOOD, ":5: the same waiver twice; take one out"),
        (GOOD + "- drift\n", ":5: expected a mapping with rule, operation, file, reason, by, until"),
        ("waivers: []\n", ":1: expected a list of waivers, found dict; each has rule, "),
        ("", ":1: expected a list of waivers, found NoneType"),
        (GOOD + "  by: Bob\n", ":5:3: the key 'by' is given twice"),
        ("- &a {rule: drift}\n- *a\n", ":2: the alias *a; write out what it stands for"),
        ("[" * 1000, ":1: nested deeper than"),
        (GOOD * (MAX_WAIVERS + 1), f": more than {MAX_WAIVERS} waivers"),
        ("#" * 1024 * 1025, ": larger than 1024 KiB; a list of waivers is a short text"),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as error:
        read(tmp_path, text)
    assert f"waivers.yaml{told}" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.yaml: cannot be read \(No such file"):
        read_waivers(tmp_path / "none.yaml")


def test_the_day_is_that_of_the_run_unless_given(tmp_path: Path) -> None:
    (tmp_path / "w.yaml").write_text(GOOD)
    before = datetime.now(UTC).date()
    assert before <= read_waivers(tmp_path / "w.yaml").today <= datetime.now(UTC).date()
