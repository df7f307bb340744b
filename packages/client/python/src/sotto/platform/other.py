"""A system whose sockets we cannot judge: nothing is trusted, and nothing has a default."""

from typing import Any, Mapping, NoReturn, Optional

from ..errors import BadArgument, Untrusted


def default_sockets(env: Mapping[str, str], uid: Optional[int]) -> NoReturn:
    raise BadArgument()


def socket_in(home: str) -> NoReturn:
    raise BadArgument()


def exists(path: str) -> NoReturn:
    raise Untrusted()


def check(path: str) -> NoReturn:
    raise Untrusted()


def connect(path: str, deadline: float) -> NoReturn:
    raise Untrusted()


def open_terminal() -> Any:
    return None
