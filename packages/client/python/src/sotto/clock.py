"""Deadlines on `time.monotonic()`, and pauses between attempts. In seconds."""

import random
import time


def left(deadline: float) -> float:
    """How long until then. Raises `TimeoutError` when it is over."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


class Pauses:
    """Growing pauses with jitter, so that jobs that began together do not come back together."""

    def __init__(self, first: float, longest: float) -> None:
        self._next = first
        self._longest = longest

    def pause(self, at_most: float) -> None:
        jittered = self._next * random.uniform(0.75, 1.25)
        self._next = min(self._next * 1.6, self._longest)
        time.sleep(max(0.0, min(jittered, self._longest, at_most)))
