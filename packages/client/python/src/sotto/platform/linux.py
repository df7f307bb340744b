"""Linux: Unix sockets, judged by the owners and modes of everything on the way."""

import errno
import os
import socket
import time
from contextlib import contextmanager
from typing import Iterator, Mapping, Optional, Tuple

from ..clock import Pauses, left
from ..errnos import from_errno
from ..errors import Error, TimedOut
from .interface import Stream
from .trust import check_socket as check
from .unix_terminal import open_terminal

__all__ = ["check", "connect", "default_sockets", "exists", "open_terminal", "socket_in"]

_MACHINE = "/run/sotto/agent.sock"


def default_sockets(env: Mapping[str, str], uid: Optional[int]) -> Tuple[str, str]:
    user = os.geteuid() if uid is None else uid
    if user == 0:
        return _MACHINE, _MACHINE
    runtime = env.get("XDG_RUNTIME_DIR", "")
    # A job of cron has no XDG_RUNTIME_DIR, and must find the agent that its user started in a login session. A relative
    # path in it is invalid and is to be ignored (XDG Base Directory Specification).
    folder = runtime if os.path.isabs(runtime) else f"/run/user/{user}"
    return os.path.join(folder, "sotto/agent.sock"), _MACHINE


def socket_in(home: str) -> str:
    return os.path.join(home, "agent.sock")


def exists(path: str) -> bool:
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def connect(path: str, deadline: float) -> Stream:
    pauses = Pauses(0.01, 0.2)
    while True:
        check(path)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(left(deadline))
            connection.connect(path)
            return SocketStream(connection)
        except (TimeoutError, socket.timeout):
            problem: Error = TimedOut()
        except OSError as error:
            problem = from_errno(error)
            if error.errno == errno.EAGAIN:  # more connections to accept than the kernel keeps for it
                connection.close()
                pauses.pause(deadline - time.monotonic())
                continue
        except BaseException:
            connection.close()
            raise
        connection.close()
        raise problem


class SocketStream:
    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection

    def send(self, data: memoryview, deadline: float) -> int:
        with self._until(deadline):
            return self._socket.send(data, socket.MSG_NOSIGNAL)

    def recv_into(self, target: memoryview, deadline: float) -> int:
        with self._until(deadline):
            return self._socket.recv_into(target)

    def close(self) -> None:
        self._socket.close()

    @contextmanager
    def _until(self, deadline: float) -> Iterator[None]:
        self._socket.settimeout(left(deadline))
        try:
            yield
        except socket.timeout:  # before Python 3.10 no TimeoutError
            raise TimeoutError from None
