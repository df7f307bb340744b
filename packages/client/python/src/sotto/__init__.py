"""The client library of Sotto: fetch a secret from the agent, use it for a moment, forget it.

    import sotto

    with sotto.secret("bank/login") as s:
        log_in(s.attributes["username"], s.bytes)
"""

from .buffers import wipe
from .client import Client
from .errors import (
    Aborted,
    AuditFailed,
    AuthRequired,
    BadArgument,
    BadFrame,
    BadReply,
    BadRequest,
    Busy,
    Conflict,
    Denied,
    Error,
    Internal,
    Locked,
    NotDurable,
    NotFound,
    RateLimited,
    Rollback,
    SaveFailed,
    Throttled,
    TimedOut,
    TooLarge,
    Uninitialised,
    Unreachable,
    UnsupportedVersion,
    Untrusted,
    VaultDamaged,
    WeakKdf,
    WrongPassphrase,
)
from .jobs import require, retrieve, secret, store
from .secret_value import Secret
from .waiting import wait_for_unlock

#: The same function under the names of the command line and of other clients.
get = fetch = secret

__all__ = [
    "Aborted",
    "AuditFailed",
    "AuthRequired",
    "BadArgument",
    "BadFrame",
    "BadReply",
    "BadRequest",
    "Busy",
    "Client",
    "Conflict",
    "Denied",
    "Error",
    "Internal",
    "Locked",
    "NotDurable",
    "NotFound",
    "RateLimited",
    "Rollback",
    "SaveFailed",
    "Secret",
    "Throttled",
    "TimedOut",
    "TooLarge",
    "Uninitialised",
    "Unreachable",
    "UnsupportedVersion",
    "Untrusted",
    "VaultDamaged",
    "WeakKdf",
    "WrongPassphrase",
    "fetch",
    "get",
    "require",
    "retrieve",
    "secret",
    "store",
    "wait_for_unlock",
    "wipe",
]
