"""Waiting for an agent that is absent, locked or busy, as after a boot."""

import time
from typing import Optional

from .client import Client
from .clock import Pauses
from .errors import Error, error_for
from .limits import MAX_WAIT_MS
from .paths import StrPath
from .protocol import QUICK

#: What passes by itself, or by what an administrator does at boot.
_PASSING = ("unreachable", "timeout", "busy", "locked", "uninitialised")


def is_passing(error: Error) -> bool:
    """True for a failure that may be over after a while of waiting."""
    return error.code in _PASSING


def patience() -> Pauses:
    """The pauses that suit a job that waits for the unlock after a boot."""
    return Pauses(0.1, 1.0)


def wait_for_unlock(seconds: float, *, socket: Optional[StrPath] = None, timeout: float = QUICK) -> None:
    """Returns as soon as the agent is unlocked. Looks for an absent agent again and again.

    Raises the last thing seen when the time is over (`Locked`, `Uninitialised`, `Unreachable`, `TimedOut` or `Busy`),
    and at once what waiting does not mend, such as `Untrusted`.
    """
    deadline = time.monotonic() + seconds
    pauses = patience()
    while True:
        obstacle = _look(deadline, socket, timeout)
        if obstacle is None:
            return
        left = deadline - time.monotonic()
        if left <= 0:
            raise obstacle
        pauses.pause(left)


def _look(deadline: float, socket: Optional[StrPath], timeout: float) -> Optional[Error]:
    """Asks once, and lets the agent wait until the deadline. Returns what stands in the way."""
    try:
        with Client(socket, timeout) as client:
            left = max(0.001, deadline - time.monotonic())
            state = client.wait(min(left, MAX_WAIT_MS / 1000))
            return None if state == "unlocked" else error_for(state)
    except Error as error:
        if is_passing(error):
            return error
        raise
