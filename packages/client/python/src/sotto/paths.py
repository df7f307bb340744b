"""Where a job looks for its agent. PROTOCOL.md, "Where the socket is"."""

import os
from typing import List, Mapping, Optional, Union

from .errors import because
from .limits import MAX_SOCKET_PATH

SYSTEM_SOCKET = "/run/sotto/agent.sock"

StrPath = Union[str, "os.PathLike[str]"]


def job_sockets(environ: Optional[Mapping[str, str]] = None, uid: Optional[int] = None) -> List[str]:
    """The sockets that a job looks for, in order: a chosen one alone, else the user's own and then the machine's.

    Raises `BadArgument` for a chosen path above 100 bytes.
    """
    env = os.environ if environ is None else environ
    chosen = env.get("SOTTO_SOCKET") or None
    home = env.get("SOTTO_HOME") or None
    if chosen is None and home is not None:
        chosen = os.path.join(os.path.abspath(home), "agent.sock")
    if chosen is not None:
        return [check_path(chosen)]
    own = _own_socket(env, os.geteuid() if uid is None else uid)
    return [own] if own == SYSTEM_SOCKET else [own, SYSTEM_SOCKET]


def _own_socket(env: Mapping[str, str], uid: int) -> str:
    if uid == 0:
        return SYSTEM_SOCKET
    runtime = env.get("XDG_RUNTIME_DIR", "")
    # A job of cron has no XDG_RUNTIME_DIR, and must find the agent that its user started in a login session. A relative
    # path in it is invalid and is to be ignored (XDG Base Directory Specification).
    folder = runtime if os.path.isabs(runtime) else f"/run/user/{uid}"
    return os.path.join(folder, "sotto/agent.sock")


def socket_path(path: Optional[StrPath] = None) -> str:
    """The path that was given, made absolute, or the first of the usual ones that exists.

    Raises `BadArgument` for what cannot be the path of a socket, `Unreachable` when there is none.
    """
    if path is not None:
        return check_path(os.fspath(path))
    for candidate in job_sockets():
        if _exists(candidate):
            return candidate
    raise because("absent")


def check_path(path: str) -> str:
    """The path, made absolute. Raises `BadArgument`."""
    if path == "" or "\0" in path:
        raise because("path")
    absolute = os.path.abspath(path)
    if len(os.fsencode(absolute)) > MAX_SOCKET_PATH:
        raise because("path-length")
    return absolute


def _exists(path: str) -> bool:
    """What cannot be looked at is taken to exist: the attempt to connect will say why it cannot be used."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True
