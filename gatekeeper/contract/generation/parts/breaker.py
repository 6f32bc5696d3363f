"""The circuit breaker: it counts answers that break the contract, of the last so many, and not only exceptions."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

CLOSED, HALF_OPEN, OPEN = 0, 1, 2


class Breaker:
    """Open after `open_after` violating answers of the last `of_last`; tried again after `cooldown` seconds.

    An answer counts once, however many of its values are wrong. The violations need not be consecutive: between good
    answers they count all the same.
    """

    def __init__(self, *, open_after: int, of_last: int, cooldown: float, clock: Callable[[], float]) -> None:
        self.open_after, self.of_last, self.cooldown = open_after, of_last, cooldown
        self.state = CLOSED
        self.openings = 0
        self.probes = {"right": 0, "wrong": 0}
        self._clock = clock
        self._lock = threading.Lock()
        self._last: deque[bool] = deque(maxlen=of_last)
        self._violations = 0
        self._opened = 0.0

    def try_again(self) -> bool:
        """Return whether the caller must try the model now; whoever is told so tells the result to `probed`."""
        if self.state != OPEN:
            return False
        with self._lock:
            if self.state != OPEN or self._clock() - self._opened < self.cooldown:
                return False
            self.state = HALF_OPEN
            return True

    def answered(self, *, violated: bool) -> None:
        """Count an answer of the model."""
        with self._lock:
            if self.state != CLOSED:  # it was asked before the breaker opened
                return
            if len(self._last) == self.of_last:
                self._violations -= self._last[0]
            self._last.append(violated)
            self._violations += violated
            if self._violations >= self.open_after:
                self._open()
                self.openings += 1

    def probed(self, *, right: bool) -> None:
        """Close when the trial went right, else stay open for another cooldown."""
        with self._lock:
            self.probes["right" if right else "wrong"] += 1
            if right:
                self.state = CLOSED
                self._last.clear()
                self._violations = 0
            else:
                self._open()

    def _open(self) -> None:
        self.state = OPEN
        self._opened = self._clock()
