"""The prefilter says what a plain search says, and its stems are in everything that is known."""

from __future__ import annotations

import pickle
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from audit.scan.prefilter import Prefilter, stems_from
from audit.spec.catalog import Spec
from audit.spec.legacy import Legacy, load_legacy

STEMS = st.text(alphabet="abAB-/_.1", min_size=1, max_size=6)
PIECES = st.text(alphabet="abAB-/_.1\\\n", max_size=12)


def plainly(stems: list[str], raw: bytes) -> bool:
    """The same by the simplest means."""
    text = raw.lower()
    unescaped = re.sub(rb"\\+/", b"/", text)
    slashed = any("/" in stem for stem in stems)
    return any(
        stem.lower().encode() in text or (slashed and stem.lower().encode() in unescaped) for stem in stems
    )


@given(st.lists(STEMS, max_size=8), st.lists(PIECES, max_size=6))
@example(["a/b"], [r"x A\/B"])
@example(["a/b/"], [r"a\/b\\/"])
@example(["/"], ["a/"])
@example(["-"], ["a-"])
@example(["a-", "b-"], ["b-"])
@example(["a]-", "^-"], ["^-"])
@settings(max_examples=2000, deadline=None)
def test_it_finds_what_a_plain_search_finds(stems, pieces):
    raw = "".join(pieces).encode()
    assert Prefilter(stems).matches(raw) == plainly(stems, raw)


@given(
    st.lists(st.binary(max_size=8).map(lambda raw: raw.decode("latin-1")), max_size=4), st.binary(max_size=40)
)
@settings(max_examples=1000, deadline=None)
def test_any_stems_and_any_bytes_can_be_handled(stems, raw):
    Prefilter(stems).matches(raw)


@given(st.lists(STEMS, min_size=1, max_size=4), PIECES, PIECES)
@settings(max_examples=500, deadline=None)
def test_a_stem_is_found_wherever_it_stands_and_however_it_is_written(stems, before, after):
    prefilter = Prefilter(stems)
    for spelt in (
        stems[0],
        stems[0].swapcase(),
        stems[0].replace("/", "\\/"),
        stems[0].replace("/", "\\\\/"),
    ):
        assert prefilter.matches(f"{before} {spelt} {after}".encode())


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_wide_encodings_are_searched_too(encoding):
    text = "some code, and then /first/second-thing in it\n"
    assert Prefilter(["second-thing"]).matches(text.encode(encoding))
    assert not Prefilter(["third-thing"]).matches(text.encode(encoding))


def test_letters_beyond_ascii_are_compared_as_they_are():
    assert Prefilter(["Ä-b", "é"]).matches("x Ä-B".encode())
    assert not Prefilter(["Ä-b"]).matches("x ä-b".encode())


def test_without_stems_nothing_matches():
    assert not Prefilter([]).matches(b"anything")
    assert not Prefilter([""]).matches(b"anything")


def test_it_goes_to_another_process_as_its_stems():
    prefilter = Prefilter(["a-b", "c/d", "word"])
    again = pickle.loads(pickle.dumps(prefilter))  # noqa: S301 - made one line above
    assert again.stems == prefilter.stems
    assert again.matches(b"x C/D")


# --- the stems of the description that ships


@pytest.fixture(scope="module")
def legacy(spec: Spec) -> Legacy:
    return load_legacy(spec.folder)


@pytest.fixture(scope="module")
def stems(spec: Spec, legacy: Legacy) -> tuple[str, ...]:
    return stems_from(spec, legacy)


def known_paths(spec: Spec, legacy: Legacy) -> list[str]:
    paths = [operation.path for operation in spec.operations.values()]
    paths += [route.path for route in legacy.routes]
    return paths + [stray.path for stray in (*legacy.never_existed, *legacy.undocumented)]


def test_every_path_is_found_in_every_spelling(spec, legacy, stems):
    prefilter = Prefilter(stems)
    for path in known_paths(spec, legacy):
        plain = re.sub(r"\{\.*\w*\}", "BTC", path)
        for spelt in (plain, plain.upper(), plain.lower(), plain.replace("/", "\\/"), f'x("{plain}?a=b")'):
            assert prefilter.matches(spelt.encode()), spelt


def test_a_path_is_found_without_what_it_is_served_below(spec, legacy, stems):
    """``base + "/futures/…"``, with the base in another file."""
    prefilter = Prefilter(stems)
    prefix = spec.provider.path_prefix.rstrip("/")
    for operation in spec.operations.values():
        rest = operation.path.removeprefix(prefix)
        # A last segment of few letters says nothing without the rest.
        if len(rest) > 13:
            assert prefilter.matches(f'get(base + "{rest}")'.encode()), rest


def test_most_paths_are_found_without_their_first_segment_as_well(spec, stems):
    """``f"/{market}/funding-rate/history"``, ``section + "/orderbook/history"``."""
    prefilter = Prefilter(stems)
    rests = [operation.path.split("/", 3)[3] for operation in spec.operations.values()
             if operation.path.count("/") > 2]  # fmt: skip
    missed = [rest for rest in rests if not prefilter.matches(f"/{{x}}/{rest}".encode())]
    assert len(missed) < len(rests) / 5, missed


def test_hosts_headers_and_the_key_variable_are_found(spec, legacy, stems):
    prefilter = Prefilter(stems)
    names = [spec.provider.base_url, spec.provider.key_header, spec.provider.key_variable]
    for version in legacy.versions.values():
        names += [name for name in (version.url, version.header, version.query) if name]
    for name in names:
        assert prefilter.matches(f"x = {name}".encode()), name
        assert prefilter.matches(name.upper().encode()), name


def test_words_of_the_user_are_added(spec):
    assert "proxy.example.org" in stems_from(spec, None, extra=["Proxy.Example.org"])


def test_the_stems_are_few_telling_and_stable(spec, legacy, stems):
    assert stems == stems_from(spec, legacy)
    assert 50 < len(stems) < 300
    assert not any(one in other for one in stems for other in stems if one != other)
    assert min(map(len, stems)) > 5


@pytest.mark.parametrize(
    "text",
    [
        "import os\nfrom pathlib import Path\n",
        'app.get("/api/users/:id/history", list)',
        "SELECT price, volume FROM history WHERE market = 'spot'",
        "the funding of open source, the interest in it, and an index of futures",
        "import { list } from './exchange/api/index.js'",
        "https://api.example.com/v1/market/history?interval=1h",
    ],
)
def test_ordinary_code_is_passed_over(stems, text):
    assert not Prefilter(stems).matches(text.encode())
