"""What the pacer knows of the server's window, and of the others who use the key.

Knowledge without policy; :mod:`audit.client.pacing` decides with it.  All times are seconds of one
monotonic clock.  Source of every figure: the answers themselves.

A request is counted by the server at some unknown moment between its sending and its answer.  Every
count here therefore comes as a pair: what is *possible* and what is *certain*.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from audit.client.pacing_ledger import Ledger

#: Seconds after the computed moment of a free place at which it is used (rounding, clock rate).
GUARD = 0.05
#: Standard deviations of the others' arrivals that are allowed for since the last answer.
SIGMAS = 2.5
#: Seconds of silence after which one request asks for the others' use before more are sent.
STALE = 2.0
#: Least time (s) that counts as having watched others.
SHORT = 10.0
#: Shortest time (s) over which the others' rate is taken; less would make a rate of a coincidence.
SHORTEST = 20.0
#: Seconds of watching that outweigh the first guess of how fast others fill the window.
PRIOR = 2.0
#: Windows of watching after which what was seen of others has faded to a third.
MEMORY = 2.0


def growth(rate: float, seconds: float, watched: float, sigmas: float) -> float:
    """Requests others may send in ``seconds``: what is expected and ``sigmas`` standard deviations more.

    ``rate`` (1/s) was found by watching for ``watched`` s.  Independent users send as a Poisson process;
    the variance of a forecast from such a count is the forecast times (1 + seconds / watched).
    """
    mean = rate * max(0.0, seconds)
    return mean + sigmas * math.sqrt(mean * (1.0 + max(0.0, seconds) / max(SHORT / 2.0, watched)))


class Others:
    """How many requests of others the server counts in its current window: an interval [low, high].

    Every answer yields bounds (``used`` less our own possible or certain requests).  Answers overlap
    in flight, so one answer alone says little; the intersection over answers says nearly all.  A bound
    keeps the time it was found at and is stretched by what others may have sent since.
    """

    def __init__(self) -> None:
        """Start without knowledge: nobody else seen."""
        self.low = self.high = 0.0
        self.low_at = self.high_at = -math.inf
        self.at = -math.inf  # s, sending of the last request that told anything

    def reset(self, low: float, high: float, at: float) -> None:
        """Replace the interval by [low, high] as of ``at`` (monotonic s)."""
        self.low, self.high = low, high
        self.at = self.low_at = self.high_at = at

    def note(
        self, low: float, high: float, sent: float, heard: float, grown: Callable[[float], float], falls: bool
    ) -> None:
        """Take in the bounds of one answer to a request sent at ``sent`` (s); ``heard``: the last answer, s.

        The true figure may have grown by ``grown(t)`` in the t s since an earlier answer; with ``falls``
        it may also have shrunk (a sliding window forgets, a fixed one does not).
        """
        low, high = max(0.0, low), max(0.0, low, high)
        if math.isinf(self.at):
            self.reset(low, high, sent)
            return
        old_low = self.low - (grown(sent - self.low_at) if falls else 0.0)
        old_high = self.high + grown(sent - self.high_at)
        if max(low, old_low) > min(high, old_high):
            # Contradiction: others came (believe it at once), or they left (believe it only from a
            # request sent after the last answer was in, because overtaking answers look the same).
            if low > old_high or sent >= heard:
                self.reset(low, high, max(sent, self.at))
            return
        if low >= old_low:
            self.low, self.low_at = low, sent
        if high <= old_high:
            self.high, self.high_at = high, sent
        self.at = max(self.at, sent)


@dataclass(frozen=True)
class Fixed:
    """A fixed window: it opened after ``low`` and ends by ``ends`` (s, None: not known).

    Requests that ended by ``since`` are not counted in it, or held to be others'; those sent from
    ``mark`` on are certainly counted in it.
    """

    low: float
    since: float
    mark: float
    ends: float | None


@dataclass(frozen=True)
class View:
    """What may be counted at one moment: own requests ended after ``since`` and ``others`` as of ``at``.

    ``told`` is when the last request was sent that told anything of this window.  All in seconds.
    """

    since: float
    others: float
    at: float
    told: float
    fixed: Fixed | None


class Window:
    """The server's window as far as the answers show it.  Times in monotonic seconds."""

    def __init__(self, length: float, ledger: Ledger) -> None:
        """Start without knowledge about a window of ``length`` seconds."""
        self._length = length
        self._ledger = ledger
        self.others = Others()
        self.fixed: Fixed | None = None
        self.first: float | None = None  # when the first answered request since start or doubt was sent
        self.again = False  # the look-out is not the first one
        self._seen = -math.inf  # sending of the last request that showed no boundary before it
        self._heard = -math.inf  # the last answer
        self._recent: list[tuple[float, int]] = []  # (answered, used), while requests are in flight
        self._cap: tuple[float, int] | None = None  # sending and figure of an unclear look
        self.unclear_until = -math.inf  # nothing more is sent before, see `_weigh`
        self._base: tuple[float, float] | None = None  # others, and when: the rate is measured from here
        # Highest rate seen while the kind is not known, and when; fading.
        self._peak: tuple[float, float] = (0.0, -math.inf)
        self._gained = self._watched = 0.0  # requests by others, and s watched, in past windows; fading

    def observe(self, sent: float, now: float, used: int | None) -> None:
        """Read one answer that came at ``now``: was there a boundary, and how much do others use?"""
        self.roll(now)
        fixed = self.fixed
        if fixed is not None:
            if sent < fixed.mark:
                return  # may belong to the window before
            if fixed.ends is None:
                self.fixed = replace(fixed, ends=now + self._length)
        if used is None:
            self.first = sent if self.first is None else self.first
            return
        mark, since = now - self._length + GUARD, sent - self._length
        if fixed is not None:
            mark, since = fixed.mark, fixed.since
        own = self._ledger.certain(mark, sent) + 1, self._ledger.possible(since)
        if used <= own[0] - max(2, own[0] // 4):
            self._found(sent, now, used)
        else:
            silence = sent - self.others.at > STALE or self.others.at < self.unclear_until <= sent
            if fixed is not None or self.rate() <= 0 or not silence or self._weigh(sent, used, own[1]):
                self._count(sent, now, used, own)
        self._heard = now

    def _weigh(self, sent: float, used: int, possible: int) -> bool:
        """A look after silence, the kind of window not known: are our earlier requests in its figure?

        If the figure is more than others may have used, they are.  Else it may as well be a new fixed
        window without any of them, and what is taken for ours is the others'.  Then the requests that are
        about to leave a sliding window are waited for, and those that stay longer are never taken for
        gone: `most_used` holds for both kinds.  Returns whether the figure may be used at all.
        """
        if self.most_used(sent):
            return True  # the last unclear look still bounds what can be used
        self._cap = None
        if self.first is not None and sent - self.first >= self._length:
            self.first = sent  # another look-out for a boundary begins
            self.again = True
        grown = min(self.grown(sent - self.others.high_at), self.grown(self._length))
        if possible <= 1 or used - 1 > max(self.others.high + grown, self.others.high * 1.5):
            return True
        clear = sent
        for ending in self._ledger.endings(sent - self._length):
            if ending + self._length > clear + STALE or ending >= sent:
                break
            clear = ending + self._length + GUARD
        if clear > sent + GUARD:
            self.unclear_until = clear
            return False
        self._cap = sent, used
        return True

    def most_used(self, now: float) -> int:
        """Most that can be used, by an unclear look and our requests since; 0 if it was clear or is old."""
        if self._cap is None or self._ledger.closed_between(self._cap[0], now - self._length - GUARD):
            return 0
        return self._cap[1] + self._ledger.possible(self._cap[0]) - 1

    def _count(self, sent: float, now: float, used: int, own: tuple[int, int]) -> None:
        """An answer without a boundary before it: narrow the others' figure."""
        falls = self.fixed is None
        self.others.note(used - own[1], used - own[0], sent, self._heard, self.grown, falls=falls)
        self._recent = [entry for entry in self._recent if entry[0] >= self._ledger.last_sent]
        self._recent.append((now, used))
        if self._ledger.in_flight == 0:
            # Whichever of our requests arrived last had all of ours before it; it is one of those that
            # were answered after the last one left.  What its figure holds beyond ours is the others'.
            since = self.fixed.mark if self.fixed is not None else now - self._length + GUARD
            beyond = float(max(entry[1] for entry in self._recent) - self._ledger.certain(since, now))
            if self.others.low <= beyond < self.others.high + self.grown(sent - self.others.high_at):
                self.others.high, self.others.high_at = beyond, self._ledger.last_sent
        if self._base is None:
            self._base = self.others.high, sent
        if falls and self._level() >= self.rate():
            self._peak = self._level(), self.others.at
        self._seen = max(self._seen, sent)
        if self.first is None:
            self.first = sent

    def _found(self, sent: float, now: float, used: int) -> None:
        """A boundary lies before this answer's request: a fixed window, known to the end by now."""
        self._remember()
        before = max(self._seen, self._ledger.sent_back(sent, used))
        alone = self._ledger.in_flight == 0 and self._ledger.closed_between(sent, now) <= 1
        # A request that overlapped with this one may have been counted before the boundary.
        self.fixed = Fixed(before, sent, sent if alone else now, now + self._length)
        # Of the used-1 requests before this one, those of ours that ended after the last look may be
        # ours.  Which they are is not known: they count once, as others.
        ours = max(0, self._ledger.closed_between(before, now) + self._ledger.in_flight - 2)
        self.others.reset(float(max(0, used - 1 - ours)), float(used - 1), sent)
        self._recent = [(now, used)]
        self._cap = None
        self._base = self.others.high, sent
        self._seen = sent

    def roll(self, now: float) -> None:
        """Go over to the next fixed window once the present one has certainly ended."""
        view = self._next(now)
        if view is None:
            return
        self._remember()
        self.fixed = view.fixed
        self.others.reset(0.0, view.others, view.at)
        self._recent = []
        self._base = None

    def _next(self, now: float) -> View | None:
        """The window that has replaced a fixed one by ``now``, None if it has not."""
        old = self.fixed
        if old is None or old.ends is None or now < old.ends + GUARD:
            return None
        low = min(max(old.low + self._length, self._seen), old.ends)
        fixed = Fixed(low, old.ends, old.ends, None)
        return View(old.ends, float(self._ledger.closed_between(low, old.ends)), low, -math.inf, fixed)

    def view(self, now: float) -> View:
        """What may be counted at ``now``; changes nothing."""
        rolled = self._next(now)
        if rolled is not None:
            return rolled
        if self.fixed is not None:
            fixed = self.fixed
            told = self.others.at if fixed.ends is not None else -math.inf
            return View(fixed.since, self.others.high, self.others.high_at, told, fixed)
        since = now - self._length - GUARD
        told = self.others.at if self.others.at >= self.unclear_until else -math.inf
        return View(since, self.others.high, self.others.high_at, told, None)

    def doubt(self, now: float, limit: int | None) -> None:
        """A refusal: the picture was wrong.  Take the window for full, of whatever kind."""
        self._remember()
        self.fixed = self.first = self._base = self._cap = None
        self.again = False
        if limit is not None:
            full = max(self.others.high, float(limit - self._ledger.possible(now - self._length)))
            self.others.reset(full, full, now)

    def _remember(self) -> None:
        """Keep what was seen of others since the base; older windows fade."""
        gained, watched = self._since_base()
        if self.fixed is None:
            watched = max(SHORT, min(SHORTEST, watched))
            gained = self.rate() * watched
            self._peak = 0.0, -math.inf
        # What was watched longest counts most; a window hardly watched must not make the rest fade.
        keep = math.exp(-watched / (MEMORY * self._length))
        self._gained = keep * self._gained + gained
        self._watched = keep * self._watched + watched

    def _since_base(self) -> tuple[float, float]:
        """Requests by others since the base and the seconds they were watched for."""
        if self._base is None:
            return 0.0, 0.0
        return max(0.0, self.others.low - self._base[0]), max(0.0, self.others.at - self._base[1])

    def rate(self) -> float:
        """Requests per second by others."""
        if math.isinf(self.others.at):
            return 0.0
        gained, watched = self._since_base()
        if self.fixed is not None:
            return (self._gained + gained) / max(SHORT, self._watched + watched)
        faded = self._peak[0] * math.exp2((self._peak[1] - self.others.at) / (MEMORY * self._length))
        return max(self._level(), faded)

    def growing(self) -> float:
        """Requests per second by which others fill the window, the kind of which is not known.

        Of a sliding window as many leave as come: what was gained decides, as soon as there is any.
        """
        gained, watched = self._since_base()
        level = (self.others.low - gained) / self._length
        growth = (gained + PRIOR * level) / (watched + PRIOR)
        return growth if growth >= level / 2.0 else 0.0

    def watched(self) -> float:
        """Seconds for which others have been watched, fading."""
        return self._watched + self._since_base()[1]

    def grown(self, seconds: float, sigmas: float = SIGMAS) -> float:
        """Requests others may send in ``seconds``, as far as their rate is known."""
        return growth(self.rate(), seconds, self.watched(), sigmas)

    def _level(self) -> float:
        """The others' rate (1/s) as the present figure shows it, the kind of the window not being known.

        The level is exact for a sliding window; the gain for a fixed one that was young when we came.
        """
        gained, watched = self._since_base()
        level = self.others.low / self._length
        # A few requests may be a coincidence; more of them outweigh the level sooner.
        prior = SHORT / (1.0 + gained / 2.0)
        return max(level, (gained + prior * level) / (watched + prior))
