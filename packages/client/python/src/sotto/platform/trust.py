"""Makes sure, before a byte is sent, that only a trusted owner can have put the socket where it is.

Every folder and symbolic link on the way, and the socket itself, must belong to root, to this process's effective user
or to the agent's user, and nobody else may write in a folder, unless it is sticky (then nobody else can replace the
entry below it, whose owner is judged next). The mode of the socket is not judged: rules decide who gets what. PROTOCOL.md,
"Whom to trust".
"""

import os
import stat
from typing import Callable, List, Optional

from ..errnos import from_errno
from ..errors import Untrusted, because

#: As many as the kernel follows (path_resolution(7)).
_MAX_SYMLINKS = 40
_OTHERS_WRITE = 0o022
#: The system user that a machine's agent may run as.
_AGENT_USER = "sotto"


def check_socket(path: str) -> None:
    """Raises `Untrusted`, or `Unreachable` when there is nothing to judge or it is no socket."""
    check_trust(path, _is_trusted_owner)


def check_trust(path: str, is_trusted: Callable[[int], bool]) -> None:
    """As `check_socket`, with trust in the uids that `is_trusted` says."""
    _Walk(is_trusted).run(path)


def _is_trusted_owner(uid: int) -> bool:
    """The user database is read only where the first two do not decide."""
    return uid in (0, os.geteuid()) or uid == _agent_uid()


def _agent_uid(passwd: str = "/etc/passwd") -> Optional[int]:
    try:
        with open(passwd, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                parts = line.split(":")
                if parts[0] == _AGENT_USER and len(parts) > 2 and parts[2].isascii() and parts[2].isdigit():
                    return int(parts[2])
    except OSError:
        pass
    return None


class _Walk:
    def __init__(self, is_trusted: Callable[[int], bool]) -> None:
        self._is_trusted = is_trusted
        #: The folder reached so far: judged, and without symbolic links.
        self._at = "/"
        #: Names still to visit, the next one last.
        self._ahead: List[str] = []
        self._symlinks = 0

    def run(self, path: str) -> None:
        self._enter(path)
        self._folder("/", _look("/"))
        while self._ahead:
            name = self._ahead.pop()
            if name == "..":
                self._at = os.path.dirname(self._at)
            elif self._judge(os.path.join(self._at, name)):
                return
        raise because("not-a-socket")  # the path ended on a folder

    def _enter(self, path: str) -> None:
        """Puts the names of a path before those still to visit."""
        if os.path.isabs(path):
            self._at = "/"
        self._ahead.extend(reversed([name for name in path.split("/") if name not in ("", ".")]))

    def _judge(self, path: str) -> bool:
        """Visits one entry; True when it is the socket at the end of the path."""
        found = _look(path)
        if stat.S_ISDIR(found.st_mode):
            self._folder(path, found)
            return False
        if not self._is_trusted(found.st_uid):
            raise Untrusted(where=f"{path} belongs to another user")
        if stat.S_ISLNK(found.st_mode):
            self._follow(path)
            return False
        if not stat.S_ISSOCK(found.st_mode) or self._ahead:
            raise because("not-a-socket")
        return True

    def _follow(self, path: str) -> None:
        self._symlinks += 1
        if self._symlinks > _MAX_SYMLINKS:
            raise Untrusted(where=f"{path} is one symbolic link too many")
        try:
            self._enter(os.readlink(path))
        except OSError as error:
            raise from_errno(error) from error

    def _folder(self, path: str, found: os.stat_result) -> None:
        if not self._is_trusted(found.st_uid):
            raise Untrusted(where=f"{path} belongs to another user")
        if found.st_mode & _OTHERS_WRITE and not found.st_mode & stat.S_ISVTX:
            raise Untrusted(where=f"{path} may be written by others")
        self._at = path


def _look(path: str) -> os.stat_result:
    try:
        return os.lstat(path)
    except OSError as error:
        raise from_errno(error) from error
