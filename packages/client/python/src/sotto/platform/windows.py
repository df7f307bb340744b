"""Windows: named pipes, judged by the owner of the pipe and of the process that serves it."""

import ctypes
import hashlib
import re
import time
from ctypes import wintypes
from typing import Mapping, Optional, Tuple

from ..clock import Pauses, left
from ..errors import Error, TimedOut, Unreachable, Untrusted, because
from .interface import Stream
from .win32 import api
from .win32.console import open_terminal
from .win32.pipe import objection_to, open_pipe
from .win32.stream import PipeStream
from .win32.token import Identity, is_privileged, own_identity

__all__ = ["check", "connect", "default_sockets", "exists", "open_terminal", "socket_in"]

_PIPES = "\\\\.\\pipe\\"
_MACHINE = f"{_PIPES}sotto"
#: Accounts of services: LocalService, NetworkService, and those that Windows makes for one service each.
_SERVICE = re.compile(r"S-1-5-(?:19|20|80-.*|82-.*)")
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9_.-]")
_LONGEST_USER_NAME = 257  # UNLEN, and the end
#: How long one call waits for a free instance of the pipe, in seconds: Ctrl-C is noticed in between.
_SLICE = 0.25
#: How long `check` waits for a pipe that is full, in seconds.
_CHECK = 0.5


def default_sockets(env: Mapping[str, str], uid: Optional[int]) -> Tuple[str, str]:
    """Administrators and services share the machine's agent; everybody else has one of their own."""
    if _is_of_machine(own_identity()):
        return _MACHINE, _MACHINE
    return own_pipe(_user_name()), _MACHINE


def own_pipe(user: str) -> str:
    """Where the agent of a user is. Letters beyond the Basic Multilingual Plane are two, as in UTF-16."""
    return f"{_PIPES}sotto-" + _NOT_IN_A_NAME.sub(lambda one: "_" * _units(one[0]), user.lower())


def socket_in(home: str) -> str:
    """Pipes lie in no folder: that of a home has a name made of the home's path, however its letters are written."""
    digest = hashlib.sha256(home.lower().encode("utf-8", "replace")).hexdigest()
    return f"{_PIPES}sotto-{digest[:16]}"


def exists(path: str) -> bool:
    """Without taking an instance away from somebody who wants to talk."""
    return bool(api.wait_named_pipe(path, 1)) or api.last_error() != api.FILE_NOT_FOUND


def check(path: str) -> None:
    connect(path, time.monotonic() + _CHECK).close()


def connect(path: str, deadline: float) -> Stream:
    """A pipe without a free instance is one that is full."""
    if not path.lower().startswith(_PIPES):
        raise because("not-a-socket")
    pauses = Pauses(0.01, 0.2)
    while True:
        try:
            pipe = open_pipe(path)
        except api.CallFailed as error:
            if error.number != api.PIPE_BUSY:
                raise _reason_of(error) from error
        else:
            return _judged(pipe, path)
        if not _room_comes(path, deadline):
            pauses.pause(deadline - time.monotonic())


def _judged(pipe: int, path: str) -> Stream:
    """Looks at who is there before a byte is sent, and closes the pipe unless all is well."""
    stream = None
    try:
        objection = objection_to(pipe)
        if objection is not None:
            raise Untrusted(where=f"{path} {objection}")
        stream = PipeStream(pipe)
        return stream
    except api.CallFailed as error:
        raise Unreachable() from error
    finally:
        if stream is None:
            api.close_handle(pipe)


def _room_comes(path: str, deadline: float) -> bool:
    """Waits for a free instance of the pipe, not for long at a time."""
    try:
        seconds = min(left(deadline), _SLICE)
    except TimeoutError:
        raise TimedOut() from None
    return bool(api.wait_named_pipe(path, max(1, int(1000 * seconds))))


def _reason_of(error: api.CallFailed) -> Error:
    reason = {api.FILE_NOT_FOUND: "absent", api.ACCESS_DENIED: "forbidden"}.get(error.number)
    return Unreachable() if reason is None else because(reason)


def _is_of_machine(identity: Identity) -> bool:
    return is_privileged(identity) or _SERVICE.fullmatch(identity.sid) is not None


def _user_name() -> str:
    room = ctypes.create_unicode_buffer(_LONGEST_USER_NAME)
    if not api.get_user_name(room, ctypes.byref(wintypes.DWORD(_LONGEST_USER_NAME))):
        raise Unreachable() from api.CallFailed("GetUserName")
    return room.value


def _units(letter: str) -> int:
    return 2 if ord(letter) > 0xFFFF else 1
