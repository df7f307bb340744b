"""What a job calls: one secret, for a moment, over a connection of its own."""

import time
from typing import Mapping, Optional

from .buffers import copy_of, wipe
from .client import BytesLike, Client
from .errors import AuthRequired, BadRequest, Denied, Error, NotFound
from .limits import MAX_LINE_BYTES, MAX_PASSPHRASE_BYTES
from .names import is_secret_name
from .paths import StrPath
from .platform import system
from .platform.interface import Terminal
from .protocol import QUICK
from .secret_value import Secret
from .waiting import is_passing, patience, wait_for_unlock


def secret(
    name: str,
    *,
    token: BytesLike = None,
    wait: float = 0,
    timeout: float = QUICK,
    socket: Optional[StrPath] = None,
) -> Secret:
    """Fetches a secret, to be used in a `with` block, which wipes it on every way out.

    `token`    the token that the job was given, as bytes; the caller wipes it
    `wait`     how many seconds to wait while the agent is absent, locked or busy; by default not at all
    `timeout`  seconds for connection and answer together
    `socket`   the path of the agent's socket; by default `SOTTO_SOCKET`, else the user's own agent, else the machine's

    Raises `sotto.Error`: `Denied`, `Locked`, `Uninitialised`, `Unreachable`, `Untrusted`, `RateLimited`, `Busy`,
    `TimedOut`, `BadReply`, or `BadRequest` for what is no name.

        with sotto.secret("bank/login", wait=60) as s:
            log_in(s.attributes["username"], s.bytes)
    """
    if not is_secret_name(name):
        raise BadRequest()
    deadline = time.monotonic() + wait
    pauses = patience()
    while True:
        try:
            return _round_trip(name, token, timeout, socket)
        except Error as error:
            left = deadline - time.monotonic()
            if left <= 0 or not is_passing(error):
                raise
        pauses.pause(left)
        wait_for_unlock(max(0.0, deadline - time.monotonic()), socket=socket, timeout=timeout)


def retrieve(
    name: str,
    *,
    token: BytesLike = None,
    wait: float = 0,
    timeout: float = QUICK,
    socket: Optional[StrPath] = None,
) -> bytearray:
    """The value alone, as a bytearray that is the caller's to wipe: `sotto.wipe(value)`. Options as for `secret`."""
    with secret(name, token=token, wait=wait, timeout=timeout, socket=socket) as fetched:
        return copy_of(fetched.bytes, len(fetched.bytes))


def store(
    name: str,
    value: BytesLike,
    *,
    attributes: Optional[Mapping[str, str]] = None,
    if_version: Optional[int] = None,
    passphrase: BytesLike = None,
    timeout: Optional[float] = None,
    socket: Optional[StrPath] = None,
) -> int:
    """Stores a value, bytes of any kind up to 1 MiB, as the newest version, and returns its number.

    `attributes`  merged with those that are there; an empty one is removed
    `if_version`  the version that must be the newest now, 0 for a secret that must not exist; else `Conflict`
    `passphrase`  an administrator's, as bytes, where no rule allows this process to `set`; the caller wipes it
    """
    with Client(socket) as client:
        if passphrase is not None:
            client.auth(passphrase)
        return client.store(name, value, attributes=attributes, if_version=if_version, timeout=timeout)


def require(name: str, *, wait: float = 0, timeout: float = QUICK, socket: Optional[StrPath] = None) -> Secret:
    """Fetches a secret or, where it is not there and somebody sits at the terminal, asks for it and stores it first.

    Without a terminal `Denied` is raised at once. Never replaces a value: where it is there, and no rule allows this
    process to fetch it, `Conflict`. Options as for `secret`.
    """
    try:
        return secret(name, wait=wait, timeout=timeout, socket=socket)
    except (Denied, NotFound):
        terminal = system.open_terminal()
        if terminal is None:
            raise
    try:
        _ask_and_store(terminal, name, socket)
    finally:
        terminal.close()
    return secret(name, timeout=timeout, socket=socket)


def _ask_and_store(terminal: Terminal, name: str, socket: Optional[StrPath]) -> None:
    value = terminal.ask(f"{name} is not there, or not for this user. Value to store: ", MAX_LINE_BYTES)
    try:
        _store_as_somebody(terminal, name, value, socket)
    finally:
        wipe(value)


def _store_as_somebody(terminal: Terminal, name: str, value: bytearray, socket: Optional[StrPath]) -> None:
    """By a rule or a passphrase that was given lately, else with one that is asked for."""
    try:
        store(name, value, if_version=0, socket=socket)
        return
    except AuthRequired:
        pass
    passphrase = terminal.ask("Passphrase of the vault: ", MAX_PASSPHRASE_BYTES)
    try:
        store(name, value, if_version=0, passphrase=passphrase, socket=socket)
    finally:
        wipe(passphrase)


def _round_trip(name: str, token: BytesLike, timeout: float, socket: Optional[StrPath]) -> Secret:
    """Connects, asks, closes. The limit is for everything together."""
    deadline = time.monotonic() + timeout
    with Client(socket, timeout) as client:
        return client.get(name, token=token, timeout=deadline - time.monotonic())
