"""Entries of a table that only the run chooses: each is a use, and what is sent goes with all of them."""

from __future__ import annotations

import pytest

from audit.checks.reliance import meaning
from audit.scan.rewrite import apply, plan_edits
from tests.scan.test_corpus import judged, operations, shipped

BASE = 'BASE = "https://open-api-v4.coinglass.com/api/"\n'
TABLE = 'PATHS = {"oi": "futures/openInterest/ohlc-history", "coins": "futures/supported-coins"}\n'
SENT = 'requests.get(BASE + PATHS%s, params={"pair": "BTCUSDT"}, timeout=5)\n'


def both(index: str) -> bytes:
    return (BASE + TABLE + SENT % index).encode()


@pytest.mark.parametrize("index", ["[kind]", ".get(kind)", '.get(kind, "futures/supported-coins")'])
def test_every_entry_is_a_use_where_the_index_is_not_known(index: str) -> None:
    source, findings = judged("a.py", both(index))

    used = {operation for use in source.relied.uses for operation in operations(use)}
    assert used == {"futures_open_interest_history", "futures_supported_coins"}
    sent = [use for use in source.relied.uses if use.call is not None and use.call.callee[0] == "requests"]
    assert sent
    assert all(use.chosen for use in sent)
    about = [one for one in findings if one.rule in ("wrong-param", "missing-required-param")]
    assert about
    assert not any(one.certain for one in about)


def test_a_literal_index_is_certain() -> None:
    source, findings = judged("a.py", both('["oi"]'))

    sent = [use for use in source.relied.uses if use.call is not None]
    assert [operations(use) for use in sent] == [["futures_open_interest_history"]]
    assert not sent[0].chosen
    assert [one.certain for one in findings if one.rule == "wrong-param"] == [True]


def test_the_path_of_an_entry_is_rewritten_and_what_goes_with_all_of_them_is_not() -> None:
    source, _ = judged("a.py", both("[kind]"))
    found = [(use, meaning(use, shipped()[0])) for use in source.relied.uses]
    edits = plan_edits(source, [(use, one.operation, one.route) for use, one in found if one is not None])

    after = apply(source.raw, edits.changes).decode()
    assert '"oi": "futures/open-interest/history"' in after
    assert '{"pair": "BTCUSDT"}' in after


def test_names_that_stand_for_each_other_end() -> None:
    lines = "".join(f"a = b[i{n}]\nb = a.get(k{n})\n" for n in range(200))

    source, _ = judged("a.py", (BASE + lines + "requests.get(BASE + a[kind])\n").encode())

    assert not source.relied.uses
