"""The time to the end, in words that say how well it is known."""

from __future__ import annotations

import pytest

from audit.cli.progress import Bar, time_left
from audit.probe.runner import Progress


@pytest.mark.parametrize(
    ("seconds", "at_most", "words"),
    [
        (None, False, "time to the end not known yet"),
        (0.2, False, "about 1 s left"),
        (41.2, False, "about 41 s left"),
        (41.2, True, "at most 42 s left"),
        (130.0, False, "about 2 min left"),
        (130.0, True, "at most 3 min left"),
    ],
)
def test_a_bound_is_called_one_and_rounded_up(seconds: float | None, at_most: bool, words: str) -> None:
    assert time_left(seconds, at_most) == words


def test_a_log_tells_a_bound_as_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("audit.cli.progress.EVERY", 0.0)
    with Bar(enabled=True) as bar:
        bar.show(Progress(3, 9, 41.2, "some", at_most=True))
    assert capsys.readouterr().err == "asked 3 of 9, at most 42 s left\n"
