"""Where a job looks for its agent. PROTOCOL.md, "Where the socket is"."""

import os
from typing import List, Mapping, Optional, Union

from .errors import because
from .limits import MAX_SOCKET_PATH
from .platform import system

StrPath = Union[str, "os.PathLike[str]"]


def job_sockets(environ: Optional[Mapping[str, str]] = None, uid: Optional[int] = None) -> List[str]:
    """The sockets that a job looks for, in order: a chosen one alone, else the user's own and then the machine's.

    Raises `BadArgument` for a chosen path above 100 bytes.
    """
    env = os.environ if environ is None else environ
    chosen = env.get("SOTTO_SOCKET") or None
    home = env.get("SOTTO_HOME") or None
    if chosen is None and home is not None:
        chosen = system.socket_in(os.path.abspath(home))
    if chosen is not None:
        return [check_path(chosen)]
    own, machine = system.default_sockets(env, uid)
    return [own] if own == machine else [own, machine]


def socket_path(path: Optional[StrPath] = None) -> str:
    """The path that was given, made absolute, or the first of the usual ones that exists.

    Raises `BadArgument` for what cannot be the path of a socket, `Unreachable` when there is none.
    """
    if path is not None:
        return check_path(os.fspath(path))
    for candidate in job_sockets():
        if system.exists(candidate):
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
