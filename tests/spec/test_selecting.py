"""A pattern over names may mean operations, channels, or both; one that means neither is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from audit.errors import UsageError
from audit.spec.catalog import Spec
from audit.spec.selecting import find, select

CHANNELS = {"futures_trades", "liquidationOrders"}


def names(spec: Spec, *patterns: str) -> tuple[int, set[str]]:
    """How many operations are selected, and which channels."""
    operations, channels = select(spec, patterns)
    return len(operations), {channel.id for channel in channels}


def test_patterns_select_operations_and_channels(spec: Spec) -> None:
    assert names(spec) == (len(spec.operations), CHANNELS)
    assert names(spec, "liquidationOrders") == (0, {"liquidationOrders"})
    assert names(spec, "option_info") == (1, set())
    assert names(spec, "option_info", "liq*") == (1, {"liquidationOrders"})
    both = names(spec, "futures_*")
    assert both[0] > 50
    assert both[1] == {"futures_trades"}


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("nothing*", "no operation and no channel matches 'nothing\\*'"),
        ("liquidationOrder", "unknown operation or channel 'liquidationOrder'.*liquidationOrders"),
        ("option_inf", "unknown operation or channel 'option_inf'.*option_info"),
    ],
)
def test_a_pattern_that_means_neither_is_refused(spec: Spec, pattern: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        select(spec, ("option_info", pattern))


def test_without_channels_only_operations_are_known(spec: Spec) -> None:
    silent = replace(spec)
    silent.__dict__["stream"] = None
    assert names(silent, "futures_*")[1] == set()
    with pytest.raises(UsageError, match="unknown operation 'liquidationOrders'"):
        select(silent, ("liquidationOrders",))


def test_a_name_is_found_whichever_it_is(spec: Spec) -> None:
    for name in ("option_info", "liquidationOrders"):
        found = find(spec, name)
        assert found is not None
        assert found.id == name
    assert find(spec, "neither") is None
