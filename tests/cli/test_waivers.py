"""`signoff --waivers`: the exit code, and what each output says of a finding that somebody answers for."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from junitparser import Failure, JUnitXml

from audit.contract.cassette import default_folder
from audit.model import Run, UsedWaiver, Waiver, WaiverState
from audit.report.formats import render
from tests.contract.spoilt import OPERATION, SPOILT, refuse
from tests.report.factory import finding, run
from tests.support.cli import Ran, run_here

PRICE = "futures_price_history"
HOSTILE = "<script>alert(1)</script> | `x` \x1b[31m"


def entry(rule: str, until: str = "2999-12-31", more: str = "") -> str:
    return f"- rule: {rule}\n  reason: Known, case 7.\n  by: Ada\n  until: {until}\n{more}"


def sign(tmp_path: Path, text: str | None, *arguments: str, form: str = "json") -> Ran:
    given: tuple[str, ...] = ()
    if text is not None:
        (tmp_path / "waivers.yaml").write_text(text)
        given = ("--waivers", str(tmp_path / "waivers.yaml"))
    asked = ("--sandbox", "--plan", "standard", "--format", form, "--quiet", "--history", "off")
    return run_here("signoff", *asked, "--out", str(tmp_path / "out"), *given, *arguments)


FAULT = (
    "--only",
    PRICE,
    "--no-contract",
    "--fault",
    f"server-500:{PRICE}",
    "--only",
    "futures_coins_markets",
)


def test_a_waiver_opens_the_gate_until_it_expires(tmp_path: Path) -> None:
    assert sign(tmp_path, None, *FAULT).code == 1
    assert sign(tmp_path, entry("server-fault", until="2001-01-01"), *FAULT).code == 1
    assert sign(tmp_path, entry("server-fault", more="  operation: spot_*\n"), *FAULT).code == 1
    done = sign(tmp_path, entry("server-fault"), *FAULT)
    assert done.code == 0
    tree = json.loads(done.out)
    assert tree["decision"]["outcome"] == "go"
    assert [one["state"] for one in tree["waivers"]] == ["holds"]
    waived = [one["waived"]["by"] for one in tree["findings"] if one["waived"]]
    assert waived == ["Ada"] * tree["waivers"][0]["findings"]


def test_the_terminal_says_what_is_waived(tmp_path: Path) -> None:
    told = " ".join(sign(tmp_path, entry("server-fault"), *FAULT, form="text").out.split())
    assert re.search(r"Findings: (.*, )?\d waived", told)
    assert "of server-fault waived until 2999-12-31 by Ada: Known, case 7." in told
    assert "but for what is waived" in told


def test_a_mistake_in_the_file_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    done = sign(tmp_path, entry("server-fautl"), *FAULT)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(
        f"error: {tmp_path / 'waivers.yaml'}:1: rule: unknown rule 'server-fautl'; did you mean server-fault"
    )
    assert not (tmp_path / "out").exists()


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    shutil.copytree(default_folder() / "standard", tmp_path / "mine" / "standard")
    return tmp_path / "mine"


def test_what_recordings_show_is_waived_too(recordings: Path, tmp_path: Path) -> None:
    refuse(recordings / "standard")
    asked = ("--only", OPERATION, "--cassettes", str(recordings))
    assert sign(tmp_path, None, *asked).code == 1
    done = sign(tmp_path, entry("wrong-param", more="  file: '*/mine/*'\n"), *asked)
    assert done.code == 0
    (told,) = [one for one in json.loads(done.out)["decision"]["reasons"] if one.startswith("Contract")]
    assert "1 of 1 test failed: standard-option_info, by what is waived, from sandbox" in told


def test_recordings_that_cannot_be_used_are_waived_as_well(recordings: Path, tmp_path: Path) -> None:
    spoil, _ = SPOILT["truncated"]
    spoil(recordings / "standard")
    asked = ("--only", OPERATION, "--cassettes", str(recordings))
    assert sign(tmp_path, None, *asked).code == 1
    assert sign(tmp_path, entry("cassette"), *asked).code == 0


def test_claims_that_are_contradicted_are_waived_too(tmp_path: Path) -> None:
    asked = ("--only", OPERATION, "--no-contract", "--claims", "shipped", "--fail-on", "warning")
    bare = sign(tmp_path, None, *asked)
    rules = {one["rule"] for one in json.loads(bare.out)["findings"] if one["severity"] != "note"}
    assert bare.code == 1
    assert "claim-contradicted" in rules
    assert sign(tmp_path, "".join(map(entry, sorted(rules))), *asked).code == 0


def waived_run(**changes: Any) -> Run:
    """A go with one finding, which is waived."""
    waiver = Waiver(
        **{"rule": "plan-mismatch", "reason": "Why", "by": "Ada", "until": "2999-12-31", **changes}
    )
    used = UsedWaiver(**waiver.model_dump(), state=WaiverState.HOLDS, findings=1)
    return run(findings=(finding(waived=waiver),), waivers=(used,))


def test_code_scanning_is_told_that_the_result_is_suppressed() -> None:
    (result,) = json.loads(render("sarif", waived_run()))["runs"][0]["results"]
    assert result["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": "waived until 2999-12-31 by Ada: Why"}
    ]
    (bare,) = json.loads(render("sarif", run(findings=(finding(),))))["runs"][0]["results"]
    assert "suppressions" not in bare
    assert bare["partialFingerprints"] == result["partialFingerprints"]


def test_a_test_report_does_not_fail_on_it() -> None:
    suites = JUnitXml.fromstring(render("junit", waived_run()).encode())
    cases = [case for suite in suites for case in suite]
    assert not [case for case in cases if any(isinstance(result, Failure) for result in case.result)]
    (told,) = [case.system_out for case in cases if case.system_out]
    assert "error plan-mismatch: " in told
    assert "not counted: waived until 2999-12-31 by Ada: Why" in told


def test_the_page_lists_reason_name_and_last_day_beside_the_finding() -> None:
    page = render("html", waived_run())
    signing = page[page.index('<section aria-labelledby="signing"') :]
    cells = ("findings", "1"), ("reason", "Why"), ("given by", "Ada"), ("expires", "2999-12-31")
    assert "".join(f'<td data-is="{name}">{told}</td>' for name, told in cells) in signing
    assert "1 finding waived: plan-mismatch" in signing
    assert "prices_history" in signing
    assert "None that counts." in page
    assert page.count('class="blank stack"') == 1  # the table to sign in; that of waivers is written


@pytest.mark.parametrize("where", ["reason", "by", "operation", "file"])
@pytest.mark.parametrize("form", ["html", "markdown", "text", "sarif", "junit"])
def test_a_waiver_is_shown_as_text(form: str, where: str) -> None:
    told = render(form, waived_run(**{where: HOSTILE}))
    assert "\x1b" not in told
    if form in ("html", "markdown", "junit"):
        assert "<script>alert" not in told
