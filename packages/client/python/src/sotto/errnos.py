"""The one place that turns a failed system call into an error of ours: no agent can be reached."""

import errno

from .errors import Error, Unreachable, because

_REASONS = {
    errno.ENOENT: "absent",
    errno.ENOTDIR: "absent",
    errno.ECONNREFUSED: "stale",
    errno.EACCES: "forbidden",
    errno.EPERM: "forbidden",
    errno.ENOTSOCK: "not-a-socket",
    errno.EPROTOTYPE: "not-a-socket",
    errno.EPIPE: "closed",
    errno.ECONNRESET: "closed",
}


def from_errno(error: OSError) -> Error:
    """`Unreachable`, with the reason where it is known."""
    reason = _REASONS.get(error.errno or 0)
    return Unreachable() if reason is None else because(reason)
