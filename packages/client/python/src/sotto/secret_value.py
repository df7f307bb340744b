"""The value of a secret, held for a moment."""

from types import MappingProxyType, TracebackType
from typing import Any, Mapping, NoReturn, Optional, Type

from .errors import because


class Secret:
    """A value in one buffer, which is filled with 0 when the `with` block ends, however it ends.

    `name`        the name that it was asked for by
    `attributes`  short strings that are not secret, such as `username`
    `version`     the number of this value, 1 or more; a replaced value has a higher one

    It has no printable form, cannot be pickled and cannot be copied.
    """

    __slots__ = ("name", "attributes", "version", "_bytes", "_view")

    def __init__(self, name: str, attributes: Mapping[str, str], version: int, value: bytearray) -> None:
        """Takes over `value`, which `close` wipes."""
        self.name = name
        self.attributes = MappingProxyType(dict(attributes))
        self.version = version
        self._bytes: Optional[bytearray] = value
        # While it is exported a bytearray cannot change its size, which could move it and leave the old bytes behind.
        self._view = memoryview(value)

    @property
    def bytes(self) -> bytearray:
        """The value itself, not a copy: zeros after `close`. Raises `BadArgument` once closed."""
        if self._bytes is None:
            raise because("disposed")
        return self._bytes

    def text(self, encoding: str = "utf-8") -> str:
        """The value as a string. This is a copy that nobody can wipe; prefer `bytes` where the consumer takes bytes.

        Raises `ValueError` where the value is no such text; not Python's own error, which would carry the value along.
        """
        try:
            return self.bytes.decode(encoding)
        except UnicodeError:
            pass
        raise ValueError(f"the value is not valid {encoding}")

    def close(self) -> None:
        """Fills the value with 0 and forgets it. May be called again."""
        if self._bytes is not None:
            self._view[:] = bytes(len(self._view))
            self._view.release()
        self._bytes = None

    def __enter__(self) -> "Secret":
        self.bytes  # raises once closed
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def __del__(self) -> None:
        if hasattr(self, "_view"):
            self.close()

    def __repr__(self) -> str:
        closed = ", closed" if self._bytes is None else ""
        return f"<sotto.Secret {self.name!r}, version {self.version}{closed}>"

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("a secret cannot be pickled or copied")
