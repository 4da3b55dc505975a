"""Wrong use gets one clear line, the documented exit code, no traceback, and never shows the key."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from audit.spec.catalog import default_folder
from tests.support.cli import Ran, run_here, run_process

KEY = "fake-key-0123456789-not-real"


def fails(ran: Ran, code: int, *words: str) -> None:
    """The whole of standard error is one line (after notices) that says what is wrong."""
    assert ran.code == code, ran
    assert "Traceback" not in ran.err
    errors = [line for line in ran.err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1, ran.err
    for word in words:
        assert word in errors[0], errors[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["signoff", "--plan", "gold"], ["unknown plan 'gold'", "hobbyist", "enterprise"]),
        (["signoff", "--plan", "standrad"], ["did you mean standard"]),
        (
            ["probe", "--only", "futures_open_interest_histori"],
            ["unknown operation", "futures_open_interest_history"],
        ),
        (["probe", "--only", "nothing_*"], ["no operation", "'nothing_*'", "spec list"]),
        (["probe", "--base-url", "open-api.example.com"], ["no scheme", "https://"]),
        (["probe", "--base-url", "https://example.com/api"], ["has a path", "https://example.com"]),
        (["probe", "--base-url", "http://example.com"], ["unencrypted", "https"]),
        (["probe", "--base-url", "ftp://example.com"], ["scheme ftp"]),
        (["probe", "--base-url", "https://user:word@example.com"], ["user name or password"]),
        (["probe", "--base-url", "https://"], ["no host"]),
        (["probe", "--base-url", "https://exa mple.com:99999999"], ["cannot be read"]),
        (["probe", "--base-url", "https://example.com"], ["no key", "COINGLASS_API_KEY"]),
        (["probe", "--sandbox", "--base-url", "https://example.com"], ["exclude each other"]),
        (["probe", "--fault", "explode"], ["unknown fault 'explode'", "rate"]),
        (["probe", "--fault", "rate@7"], ["probability"]),
        (["probe", "--timeout", "0"], ["--timeout", "--help"]),
        (["probe", "--timeout", "soon"], ["--timeout"]),
        (["probe", "--intervals", "some"], ["none", "floor", "all"]),
        (["signoff", "--format", "pdf"], ["unknown format 'pdf'", "json"]),
        (["signoff", "--spec", "/nowhere/at/all"], ["no openapi.yaml"]),
        (["signoff", "--nonsense"], ["No such option", "--nonsense"]),
        (["explain", "stale-dta"], ["unknown rule", "stale-data"]),
        (
            ["spec", "show", "futures_open_interest_histry"],
            ["unknown operation", "futures_open_interest_history"],
        ),
        (["sandbox", "--host", "0.0.0.0"], ["loopback"]),  # noqa: S104 - it is refused
        (["sandbox", "--port", "70000"], ["--port"]),
        (["nonsense"], ["unknown command", "signoff"]),
        (
            ["spec", "lst"],
            ["unknown command 'lst'; did you mean list or lint? (all: lint, list, lookup, show)"],
        ),
        (["history", "latest"], ["unknown command 'latest'; known: prune, show"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_wrong_arguments(
    arguments: list[str], words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    fails(run_here(*arguments), 2, *words)
    assert not list(tmp_path.rglob("run.json"))


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("", ["is empty"]),
        (KEY + "\n", ["line break", "character 29"]),
        (KEY[:5] + " " + KEY[5:], ["space", "character 6"]),
        (KEY + "é", ["outside ASCII", "position 29"]),
        (KEY + "\x07", ["outside ASCII"]),
    ],
    ids=["empty", "newline", "space", "non-ascii", "control"],
)
def test_a_key_that_no_header_can_carry(
    key: str, words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for command in ("signoff", "key"):
        ran = run_here(command, COINGLASS_API_KEY=key)
        fails(ran, 2, *words)
        assert KEY[5:] not in ran.err + ran.out


def test_a_wrong_key_is_incomplete_and_says_so(sandbox_url: str, tmp_path: Path) -> None:
    ran = run_here("signoff", "--base-url", sandbox_url, "--out", str(tmp_path), COINGLASS_API_KEY=KEY)
    assert ran.code == 3
    assert "never worked" in ran.out
    assert "missing, wrong or expired" in ran.out
    assert KEY not in ran.out + ran.err + everything_in(tmp_path)
    ran = run_here("key", "--base-url", sandbox_url, COINGLASS_API_KEY=KEY)
    fails(ran, 3, "never worked", "COINGLASS_API_KEY")


def test_where_nothing_answers_the_key_is_not_blamed() -> None:
    # Port 9 is the discard service; nothing listens there.
    ran = run_here("key", "--base-url", "http://127.0.0.1:9", COINGLASS_API_KEY=KEY)
    fails(ran, 3, "could not be reached", "Check the network and the address.")
    assert "Check COINGLASS_API_KEY" not in ran.err


def test_an_expired_key_and_one_without_a_plan(sandbox_url: str, tmp_path: Path) -> None:
    ran = run_here(
        "signoff", "--plan", "standard", "--base-url", sandbox_url, "--out", str(tmp_path),
        COINGLASS_API_KEY="sandbox-expired",
    )  # fmt: skip
    assert ran.code == 1
    assert "expired" in ran.out
    ran = run_here(
        "signoff", "--base-url", sandbox_url, "--out", str(tmp_path), COINGLASS_API_KEY="sandbox-none"
    )
    assert ran.code == 3
    assert "no plan stands behind the key" in ran.out


def test_the_key_shows_nowhere(sandbox_url: str, tmp_path: Path) -> None:
    key = "sandbox-professional"
    ran = run_process(
        "signoff", "--plan", "professional", "--base-url", sandbox_url, "--out", str(tmp_path / "out"),
        "--only", "futures_*", "--no-channels", cwd=tmp_path, COINGLASS_API_KEY=key,
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert key not in ran.out + ran.err + everything_in(tmp_path)


def test_the_key_comes_from_a_dotenv_file(sandbox_url: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# mine\nexport COINGLASS_API_KEY='sandbox-startup'\n", encoding="utf-8")
    ran = run_process("key", "--base-url", sandbox_url, cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert "plan      startup" in ran.out


@pytest.mark.parametrize(
    "command",
    [
        ("signoff", "--sandbox"),
        ("probe", "--sandbox"),
        ("drift", "--sandbox", "--plan", "standard"),
        ("contract", "--plan", "standard"),
        ("contract", "--consumer", "derivatives-bot"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize(("name", "why"), [("file", "File exists"), ("file/below", "Not a directory")])
def test_an_output_path_that_is_a_file(command: tuple[str, ...], name: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    ran = run_here(*command, "--out", str(tmp_path / name))
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"error: {tmp_path / name}: cannot be written ({why}); name another folder with --out\n"
    assert (tmp_path / "file").read_text(encoding="utf-8") == "in the way"


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["signoff", "--only", "nothing_*"], "no operation"),
        (["signoff", "--code", "absent"], "'absent': No such file or directory"),
        (["probe", "--fault", "explode"], "unknown fault 'explode'"),
        (["key", "--fault", "explode"], "unknown fault 'explode'"),
        (["fuzz", "--fault", "explode"], "unknown fault 'explode'"),
        (["drift", "--plan", "standard", "--only", "nothing_*"], "no operation"),
        (["record", "--sandbox", "--only", "nothing_*"], "no operation"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_wrong_use_is_told_before_anything_else(
    arguments: list[str], word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = run_here(*arguments)
    assert ran.code == 2
    assert ran.err.startswith(f"error: {word}")
    assert ran.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("command", "way"),
    [
        (["key"], "set COINGLASS_API_KEY to ask that"),
        (["key", "--sandbox"], "leave --sandbox out to ask that"),
        (["fuzz", "--only", "futures_supported_coins", "--max-examples", "1"], "give --live to ask that"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_the_sandbox_says_how_to_leave_it(command: list[str], way: str) -> None:
    ran = run_here(*command, COINGLASS_API_KEY=KEY if "--sandbox" in command else None)
    assert ran.code == 0, ran.err
    assert ran.err.splitlines()[0] == f"SANDBOX: nothing here says anything about the live API; {way}"


def test_where_a_key_goes_is_said_before_it_does(sandbox_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "spec"
    shutil.copytree(default_folder(), folder)
    file = folder / "openapi.yaml"
    text, named = file.read_text(encoding="utf-8"), "key-variable: COINGLASS_API_KEY"
    assert named in text
    file.write_text(text.replace(named, "key-variable: SOMETHING_ELSE"), encoding="utf-8")
    ran = run_here("key", "--spec", str(folder), "--base-url", sandbox_url, SOMETHING_ELSE="sandbox-startup")
    assert ran.code == 0, ran.err
    assert f"SOMETHING_ELSE is sent to {sandbox_url}\n" in ran.err


def test_a_pair_that_is_not_listed_is_told_once(tmp_path: Path) -> None:
    ran = run_here(
        "probe", "--sandbox", "--symbol", "NOPE", "--only", "futures_open_interest_history",
        "--out", str(tmp_path), "--format", "json",
    )  # fmt: skip
    told = json.loads(ran.out)
    (finding,) = told["findings"]
    assert (ran.code, finding["rule"]) == (1, "wrong-param")
    assert finding["message"].startswith(
        "not sent: pair 'NOPE' is not listed on Binance; listed there: BTCUSDT"
    )
    (floor,) = told["interval_floors"]
    assert (floor["observed"], floor["settled"]) == (None, False)


def test_resume_without_an_unfinished_run(tmp_path: Path) -> None:
    fails(run_here("probe", "--sandbox", "--resume", "--out", str(tmp_path)), 2, "no unfinished run")


def test_resume_of_another_run(tmp_path: Path) -> None:
    ran = run_here(
        "probe", "--sandbox", "--plan", "startup", "--out", str(tmp_path), "--fault", "reset:spot_*"
    )
    assert ran.code in (1, 3)
    assert "--resume" in ran.err
    fails(
        run_here("probe", "--sandbox", "--plan", "standard", "--out", str(tmp_path), "--resume"),
        2, "another run", "plan was 'startup', now 'standard'",
    )  # fmt: skip
    ran = run_here("probe", "--sandbox", "--plan", "startup", "--out", str(tmp_path), "--resume")
    assert ran.code == 0, ran.err
    assert not list(tmp_path.glob("journal*"))


BROKEN: dict[str, tuple[str, str | bytes, str]] = {
    "not-yaml": ("openapi.yaml", "paths: [", "openapi.yaml:"),
    "cyclic": (
        "components.yaml",
        "schemas: {Envelope: {$ref: '#/schemas/Envelope'}}",
        "leads back to itself",
    ),
    "network": (
        "components.yaml",
        "schemas: {Envelope: {$ref: 'https://example.com/x.yaml#/a'}}",
        "never the network",
    ),
    "outside": ("components.yaml", "schemas: {Envelope: {$ref: '../../../etc/passwd#/a'}}", "outside"),
    "huge": ("components.yaml", "#" + " " * 5_000_000, "larger than 4 MiB"),
    "empty": ("plans.yaml", "", "plans.yaml"),
    "not-utf8": ("plans.yaml", b"\xff\xfe\x00", "plans.yaml"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_description_that_cannot_be_used(case: str, tmp_path: Path) -> None:
    folder = tmp_path / "spec"
    shutil.copytree(default_folder(), folder)
    name, text, word = BROKEN[case]
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    fails(run_here("signoff", "--sandbox", "--spec", str(folder), "--out", str(tmp_path / "out")), 2, word)


def everything_in(folder: Path) -> str:
    """The text of every file below a folder."""
    return "\n".join(path.read_text(errors="replace") for path in folder.rglob("*") if path.is_file())
