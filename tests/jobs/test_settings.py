"""Where requests go, with which key, and what the target is called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from audit.client.secret import Secret
from audit.errors import UsageError
from audit.jobs.settings import Settings, aim, find_key
from audit.model import TargetKind
from audit.spec.catalog import Spec

KEY = "plainly-fake-key-0123456789"
LIVE, SANDBOX = TargetKind.LIVE, TargetKind.SANDBOX
REAL = "https://open-api-v4.coinglass.com"
INSIDE = "in-process sandbox"

# settings, has a key -> kind, base URL as told, whose key is sent
AIMS: list[tuple[dict[str, Any], bool, TargetKind, str, str]] = [
    ({}, False, SANDBOX, INSIDE, "sandbox-standard"),
    ({}, True, LIVE, REAL, KEY),
    ({"plan": "startup"}, False, SANDBOX, INSIDE, "sandbox-startup"),
    ({"plan": "STARTUP"}, False, SANDBOX, INSIDE, "sandbox-startup"),
    ({"plan": "startup"}, True, LIVE, REAL, KEY),
    ({"sandbox": True}, False, SANDBOX, INSIDE, "sandbox-standard"),
    ({"sandbox": True}, True, SANDBOX, INSIDE, "sandbox-standard"),
    ({"sandbox": True, "faults": ("reset",)}, True, SANDBOX, INSIDE, "sandbox-standard"),
    ({"faults": ("reset",)}, False, SANDBOX, INSIDE, "sandbox-standard"),
    ({"base_url": "http://127.0.0.1:8700"}, False, SANDBOX, "http://127.0.0.1:8700", "sandbox-standard"),
    ({"base_url": "http://127.0.0.1:8700/"}, True, SANDBOX, "http://127.0.0.1:8700", KEY),
    ({"base_url": "http://[::1]:1", "plan": "enterprise"}, False, SANDBOX, "http://[::1]:1",
     "sandbox-enterprise"),
    ({"base_url": "https://mirror.example.com"}, True, SANDBOX, "https://mirror.example.com", KEY),
    ({"base_url": f"{REAL}.example.com"}, True, SANDBOX, f"{REAL}.example.com", KEY),
    ({"base_url": "https://coinglass.com"}, True, SANDBOX, "https://coinglass.com", KEY),
    ({"base_url": REAL}, True, LIVE, REAL, KEY),
    ({"base_url": f"{REAL}/"}, True, LIVE, REAL, KEY),
    ({"base_url": REAL.upper().replace("HTTPS", "https")}, True, LIVE,
     REAL.upper().replace("HTTPS", "https"), KEY),
]  # fmt: skip


@pytest.mark.parametrize(("options", "has_key", "kind", "told", "sent"), AIMS)
def test_the_target_follows_from_options_and_key(
    spec: Spec, options: dict[str, Any], has_key: bool, kind: TargetKind, told: str, sent: str
) -> None:
    target = aim(Settings(**options), spec, Secret(KEY) if has_key else None)
    assert (target.target.kind, target.target.base_url) == (kind, told)
    assert target.in_process is (told == INSIDE)
    assert target.key is not None
    assert target.key.reveal() == sent
    assert target.stands_in is (sent != KEY)
    assert KEY not in repr(target)


REFUSED: list[tuple[dict[str, Any], bool, str]] = [
    ({"sandbox": True, "base_url": "http://127.0.0.1:1"}, True, "exclude each other"),
    ({"sandbox": True, "base_url": ""}, True, "exclude each other"),
    ({"base_url": REAL}, False, "COINGLASS_API_KEY"),
    ({"base_url": "https://mirror.example.com"}, False, "COINGLASS_API_KEY"),
    ({"base_url": ""}, True, "no scheme"),
    ({"base_url": ""}, False, "no scheme"),
    ({"base_url": "http://mirror.example.com"}, True, "unencrypted"),
    ({"faults": ("reset",)}, True, "--fault"),
    ({"faults": ("reset",), "base_url": "http://127.0.0.1:1"}, False, "--fault"),
    ({"plan": "standart"}, False, "did you mean standard"),
    ({"plan": "free"}, True, "hobbyist, startup, standard, professional, enterprise"),
]


@pytest.mark.parametrize(("options", "has_key", "words"), REFUSED)
def test_what_cannot_be_meant_is_refused(
    spec: Spec, options: dict[str, Any], has_key: bool, words: str
) -> None:
    with pytest.raises(UsageError) as caught:
        aim(Settings(**options), spec, Secret(KEY) if has_key else None)
    assert words in str(caught.value)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("key", ["sandbox-startup", "sandbox-expired", "sandbox-none"])
def test_a_key_of_the_sandbox_is_not_sent_to_the_live_api(spec: Spec, key: str) -> None:
    with pytest.raises(UsageError, match="COINGLASS_API_KEY holds a key of the sandbox"):
        aim(Settings(), spec, Secret(key))


# ------------------------------------------------------------------ the key

NAME = "COINGLASS_API_KEY"


def found(folder: Path, **environ: str) -> str | None:
    secret = find_key(NAME, folder, environ.get)
    return None if secret is None else secret.reveal()


def test_without_any_there_is_no_key(tmp_path: Path) -> None:
    assert found(tmp_path) is None


def test_the_environment_comes_before_the_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"{NAME}=from-the-file\n")
    assert found(tmp_path, **{NAME: KEY}) == KEY
    assert found(tmp_path, OTHER="x") == "from-the-file"


FILES: list[tuple[bytes, str | None]] = [
    (f"{NAME}={KEY}\n".encode(), KEY),
    (f"{NAME}={KEY}".encode(), KEY),
    (f"{NAME}={KEY}\r\nOTHER=1\r\n".encode(), KEY),
    (f"export {NAME}={KEY}\n".encode(), KEY),
    (f'{NAME}="{KEY}"\n'.encode(), KEY),
    (f"{NAME} = '{KEY}'\n".encode(), KEY),
    (f"# a comment\n\n{NAME}={KEY} # mine\n".encode(), KEY),
    (f"OTHER=1\n{NAME}=first\n{NAME}={KEY}\n".encode(), KEY),
    (f"\ufeff{NAME}={KEY}\n".encode(), KEY),
    (f"{NAME}=a${{HOME}}b\n".encode(), "a${HOME}b"),
    (b"", None),
    (b"OTHER=1\n", None),
    (b"no assignment at all\n", None),
    (f"#{NAME}={KEY}\n".encode(), None),
    (f"{NAME}\n".encode(), None),
]


@pytest.mark.parametrize(("raw", "key"), FILES)
def test_a_file_as_people_write_it(tmp_path: Path, raw: bytes, key: str | None) -> None:
    (tmp_path / ".env").write_bytes(raw)
    assert found(tmp_path) == key


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (f"{NAME}=\n".encode(), f"{NAME} in .env is empty"),
        (f'{NAME}=""\n'.encode(), f"{NAME} in .env is empty"),
        (f'{NAME}="{KEY} and more"\n'.encode(), f"{NAME} in .env has a space"),
        (f'{NAME}="{KEY}\nmore"\n'.encode(), f"{NAME} in .env has a line break"),
        (f"{NAME}={KEY}é\n".encode(), f"{NAME} in .env has a character outside ASCII"),
        (f"{NAME}={KEY}é\n".encode("latin-1"), "make it UTF-8 text"),
        (f"{NAME}={KEY}\n".encode("utf-16"), "make it UTF-8 text"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_without_showing_it(
    tmp_path: Path, raw: bytes, words: str
) -> None:
    (tmp_path / ".env").write_bytes(raw)
    with pytest.raises(UsageError) as caught:
        found(tmp_path)
    assert words in str(caught.value)
    assert KEY not in str(caught.value)


def test_a_folder_of_that_name_is_no_file(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    assert found(tmp_path) is None


def test_an_empty_variable_is_refused_and_does_not_fall_through_to_the_sandbox(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"{NAME}={KEY}\n")
    with pytest.raises(UsageError, match="is empty"):
        found(tmp_path, **{NAME: ""})


def test_the_file_is_looked_for_in_that_folder_alone(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"{NAME}={KEY}\n")
    inner = tmp_path / "inner"
    inner.mkdir()
    assert found(inner) is None
