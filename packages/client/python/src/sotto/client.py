"""A connection to an agent with a method for each verb, for whoever asks more than one thing."""

import time
import warnings
from types import TracebackType
from typing import Any, Dict, Iterator, Mapping, Optional, Tuple, Type

from .buffers import wipe
from .connection import Connection
from .errors import NotDurable
from .paths import StrPath, socket_path
from .protocol import QUICK, VERBS
from .secret_value import Secret

#: bytes, bytearray, memoryview and the like. Where it is secret, a bytearray: that one can be wiped.
BytesLike = Any


class Client:
    """A connection, to be used in a `with` block, by one thread at a time.

    Every method raises `sotto.Error`. A request that times out ends the connection: its reply could not be told from
    the next one's. `timeout` is in seconds; by default each verb has its own.
    """

    def __init__(self, socket: Optional[StrPath] = None, timeout: float = QUICK) -> None:
        """Connects, after a check that the socket can be nobody else's. Sends nothing.

        Raises `Untrusted`, `Unreachable`, `TimedOut`, or `BadArgument` for a path that cannot be one.
        """
        self._connection = Connection(socket_path(socket), time.monotonic() + timeout)

    def request(
        self,
        verb: str,
        fields: Mapping[str, Any],
        payload: BytesLike = None,
        timeout: Optional[float] = None,
    ) -> Tuple[Dict[str, Any], bytearray]:
        """Sends a request; fields that are None are left out. Returns fields and payload of the reply.

        `payload` is sent from where it lies. The caller wipes both payloads. Raises `TypeError` for a str.
        """
        seconds = VERBS[verb].timeout if timeout is None else timeout
        return self._connection.request(verb, fields, payload, time.monotonic() + seconds)

    def get(
        self,
        name: str,
        *,
        token: BytesLike = None,
        admin: bool = False,
        timeout: Optional[float] = None,
    ) -> Secret:
        """Fetches a secret, to be used in a `with` block.

        `admin`: without a rule, as an administrator; audited as such.
        """
        fields, value = self.request("get", {"name": name, "admin": admin or None}, token, timeout)
        try:
            return Secret(name, fields["attributes"], fields["version"], value)
        except BaseException:
            wipe(value)
            raise

    def store(
        self,
        name: str,
        value: BytesLike,
        *,
        attributes: Optional[Mapping[str, str]] = None,
        if_version: Optional[int] = None,
        timeout: Optional[float] = None,
    ) -> int:
        """Stores a new version and returns its number.

        Attributes are merged with those that are there; an empty one is removed. `if_version`: the version that must be
        the newest now, 0 for a secret that must not exist; else `Conflict`.
        """
        given = {
            "name": name,
            "attributes": None if attributes is None else dict(attributes),
            "ifVersion": if_version,
        }
        fields, _ = self.request("set", given, value, timeout)
        _warn_unless_durable(fields)
        return int(fields["version"])

    def remove(self, name: str, *, timeout: Optional[float] = None) -> None:
        """Removes a secret with all its versions, and the rules that name exactly it. For administrators."""
        fields, _ = self.request("remove", {"name": name}, timeout=timeout)
        _warn_unless_durable(fields)

    def names(self, prefix: Optional[str] = None) -> Iterator[str]:
        """The names that this very process could fetch, in order; below `prefix` if that is given."""
        after, more = None, True
        while more:
            fields, _ = self.request("list", {"prefix": prefix, "after": after})
            yield from fields["names"]
            more = fields["more"] and bool(fields["names"])
            after = fields["names"][-1] if more else None

    def status(self, *, timeout: Optional[float] = None) -> Dict[str, Any]:
        """`state` and more: PROTOCOL.md has the fields."""
        return self.request("status", {}, timeout=timeout)[0]

    def wait(self, seconds: float) -> str:
        """The state as soon as the agent is unlocked, or as it is when the time (at most 600 s) is over."""
        milliseconds = max(1, round(seconds * 1000))
        fields, _ = self.request("wait", {"timeoutMs": milliseconds}, timeout=seconds + VERBS["wait"].timeout)
        return str(fields["state"])

    def auth(self, passphrase: BytesLike, *, timeout: Optional[float] = None) -> None:
        """Proves the passphrase of an administrator on this connection. The caller wipes it."""
        self.request("auth", {}, passphrase, timeout)

    def close(self) -> None:
        """Ends the connection. May be called again."""
        self._connection.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()


def _warn_unless_durable(fields: Mapping[str, Any]) -> None:
    if not fields["durable"]:
        warnings.warn("saved, but a power failure could still undo it", NotDurable, stacklevel=4)
