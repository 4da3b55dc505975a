"""SARIF: valid by the official schema, read by a typed parser, stable against moved lines.

Where the validator of the format's makers is at hand (``npm install @microsoft/sarif-multitool``, its
executable named in ``SARIF_MULTITOOL``), every case goes through it too, for the rules that code scanning
adds to the schema.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from sarif_pydantic import Sarif  # type: ignore[import-untyped] # it ships no types

from audit.checks import RULES
from audit.model import Location, Outcome, Run
from audit.report.formats import render, sarif
from tests.report.factory import CASES, both, code, finding, incomplete, no_go, run
from tests.report.test_hostile import EVERYWHERE, hostile
from tests.support.official import SARIF, official

MULTITOOL = os.environ.get("SARIF_MULTITOOL")
ALL_CASES = pytest.mark.parametrize("case", CASES)


def log(given: Run) -> dict[str, Any]:
    """The one run of a log."""
    tree = json.loads(render("sarif", given))
    (one,) = tree["runs"]
    assert isinstance(one, dict)
    return one


def marks(given: Run) -> list[str]:
    """What alerts are known again by."""
    return [result["partialFingerprints"]["primaryLocationLineHash"] for result in log(given)["results"]]


@pytest.fixture(scope="module")
def validator() -> jsonschema_rs.Draft4Validator:
    """The official schema of the version that is written, its formats checked."""
    schema = official(SARIF)
    for name in ("run", "toolComponent"):
        # It has a bracket too many there, which strict readers refuse; this is what its errata puts instead.
        schema["definitions"][name]["properties"]["language"]["pattern"] = "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$"
    return jsonschema_rs.Draft4Validator(schema, validate_formats=True)


@ALL_CASES
def test_the_official_schema_accepts_it(case: str, validator: jsonschema_rs.Draft4Validator) -> None:
    tree = json.loads(render("sarif", CASES[case]()))
    assert [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(tree)] == []


@EVERYWHERE
def test_the_official_schema_accepts_what_a_server_makes_of_it(
    told: str, validator: jsonschema_rs.Draft4Validator
) -> None:
    tree = json.loads(render("sarif", hostile(told)))
    assert [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(tree)] == []


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("version",), "2.0.0"),
        (("runs", 0, "tool", "driver", "name"), 3),
        (("runs", 0, "results", 0, "level"), "fatal"),
        (("runs", 0, "results", 0, "locations", 0, "physicalLocation", "region", "startLine"), 0),
        (("runs", 0, "results", 0, "message"), {}),
    ],
)
def test_the_official_schema_refuses_what_is_wrong(
    place: tuple[str | int, ...], value: object, validator: jsonschema_rs.Draft4Validator
) -> None:
    tree = inner = json.loads(render("sarif", both()))
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    assert not validator.is_valid(tree)


@ALL_CASES
def test_a_typed_parser_reads_it_and_gives_it_back(case: str) -> None:
    tree = json.loads(render("sarif", CASES[case]()))
    parsed = Sarif.model_validate(tree)
    again = parsed.model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert again["runs"][0]["results"] == tree["runs"][0]["results"]
    assert again["runs"][0]["tool"] == tree["runs"][0]["tool"]
    assert (tree["version"], tree["$schema"].rpartition("/")[2]) == ("2.1.0", "sarif-schema-2.1.0.json")


@pytest.mark.skipif(MULTITOOL is None, reason="SARIF_MULTITOOL names no executable of sarif-multitool")
@ALL_CASES
def test_the_validator_of_its_makers_finds_no_error(case: str, tmp_path: Path) -> None:
    (tmp_path / "log.sarif").write_text(render("sarif", CASES[case]()), encoding="utf-8")
    subprocess.run(
        [str(MULTITOOL), "validate", "log.sarif", "--rule-kind", "Sarif;Ghas", "--output", "out.sarif"],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        timeout=120,
    )
    told = json.loads((tmp_path / "out.sarif").read_text(encoding="utf-8-sig"))["runs"][0]
    assert told["invocations"][0]["executionSuccessful"]
    assert [one for one in told.get("results", ()) if one.get("level", "warning") == "error"] == []


def test_each_result_names_its_rule_and_the_rule_its_words() -> None:
    one = log(both())
    rules = one["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["legacy-endpoint", "missing-timeout", "plan-gated"]
    for rule in rules:
        known = RULES[rule["id"]]
        assert rule["shortDescription"]["text"] == known.summary
        assert known.remedy in rule["help"]["markdown"]
        assert rule["defaultConfiguration"]["level"] == known.severity
    for result, found in zip(one["results"], both().findings, strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == found.rule
        assert result["level"] == found.severity
        assert result["message"]["text"].startswith(found.message)


def test_a_rule_of_another_version_is_told_as_such() -> None:
    (rule,) = log(run(findings=(finding(rule="of-tomorrow"),)))["tool"]["driver"]["rules"]
    assert rule["id"] == "of-tomorrow"
    assert "another version" in rule["shortDescription"]["text"]


@pytest.mark.parametrize(
    ("file", "uri", "base"),
    [
        ("src/bot.py", "src/bot.py", True),
        ("./bot.py", "bot.py", True),
        ("my bots/größe#1?.py", "my%20bots/gr%C3%B6%C3%9Fe%231%3F.py", True),
        ("a:b.py", "a%3Ab.py", True),
        ("back\\slash.py", "back%5Cslash.py", True),
        ("half\udc80.py", "half%ED%B2%80.py", True),
        ("../other/bot.py", "../other/bot.py", False),
        ("/srv/bot.py", "file:///srv/bot.py", False),
    ],
)
def test_a_file_is_a_uri(file: str, uri: str, base: bool) -> None:
    place = Location(file=file, line=3, column=7)
    (result,) = log(run(findings=(finding(location=place),)))["results"]
    (where,) = result["locations"]
    artifact = where["physicalLocation"]["artifactLocation"]
    assert artifact["uri"] == uri
    assert ("uriBaseId" in artifact) is base
    assert where["physicalLocation"]["region"] == {"startLine": 3, "startColumn": 7}


def test_what_the_api_did_points_at_the_evidence_and_names_the_operation() -> None:
    for result, found in zip(log(no_go())["results"], no_go().findings, strict=True):
        (where,) = result["locations"]
        assert where["physicalLocation"]["artifactLocation"] == {"uri": "run.json"}
        assert where["physicalLocation"]["region"]["startLine"] == 1
        named = [one["fullyQualifiedName"] for one in where.get("logicalLocations", ())]
        assert named == ([found.operation] if found.operation else [])


def test_a_moved_line_keeps_its_fingerprint_and_another_text_does_not() -> None:
    def at(line: int, text: str = "get(OLD)") -> Run:
        place = Location(file="bot.py", line=line, column=1)
        return run(findings=(finding(None, location=place, evidence=text, legacy="/old"),))

    assert marks(at(3)) == marks(at(300))
    assert marks(at(3)) == marks(at(3, "  get(OLD)"))
    assert marks(at(3)) != marks(at(3, "get(OTHER)"))


def test_numbers_of_an_answer_do_not_change_a_fingerprint() -> None:
    first = run(findings=(finding(message="12 rows came", evidence="GET /a?start=1"),))
    later = run(findings=(finding(message="7 rows came", evidence="GET /a?start=2"),))
    assert marks(first) == marks(later)


def test_two_results_never_share_a_fingerprint() -> None:
    twice = run(findings=(finding(), finding()))
    assert len(set(marks(twice))) == 2
    assert all(mark.rpartition(":")[2] in ("1", "2") for mark in marks(twice))


def test_uploads_about_code_and_about_the_api_do_not_replace_each_other() -> None:
    assert log(code())["automationDetails"]["id"] == "coinglass-audit/code/"
    assert log(run())["automationDetails"]["id"] == "coinglass-audit/live/"


@pytest.mark.parametrize("given", [run(), no_go(), incomplete()])
def test_the_decision_goes_along(given: Run) -> None:
    one = log(given)
    (invocation,) = one["invocations"]
    assert one["properties"]["decision"] == given.decision.outcome
    assert invocation["executionSuccessful"] is (given.decision.outcome is not Outcome.INCOMPLETE)
    told = [note["message"]["text"] for note in invocation["toolExecutionNotifications"]]
    assert told[0].endswith(given.decision.reasons[0])


def test_what_is_not_live_says_so_at_the_top() -> None:
    head = render("sarif", code()).splitlines()[:6]
    assert any("CODE: says nothing about the live API" in line for line in head)
    assert "says nothing" not in render("sarif", run())


def test_the_worst_are_kept_where_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MOST_RESULTS", 2)
    one = log(both())
    assert [result["level"] for result in one["results"]] == ["error", "error"]
    assert "3 findings are left out" in json.dumps(one["invocations"])


def test_a_log_too_large_to_upload_is_halved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MOST_BYTES", 1500)
    one = log(no_go())
    assert len(one["results"]) < len(no_go().findings)
    assert "are left out" in json.dumps(one["invocations"])


def test_moments_that_are_none_are_left_out() -> None:
    (invocation,) = log(run(started_at="yesterday"))["invocations"]
    assert "startTimeUtc" not in invocation
    assert invocation["endTimeUtc"] == "2026-09-01T10:02:05Z"
