"""What a platform gives to the rest of the package."""

from typing import Protocol


class Stream(Protocol):
    """A connection that has been judged. Raises `TimeoutError` at the deadline, and `OSError`."""

    def send(self, data: memoryview, deadline: float) -> int:
        """Returns how many were sent. `BrokenPipeError` or `ConnectionResetError`: the other end has closed."""

    def recv_into(self, target: memoryview, deadline: float) -> int:
        """Reads at least one byte into the start of `target` and returns how many; 0 at the end."""

    def close(self) -> None:
        """To be called once."""


class Terminal(Protocol):
    """Where a person sits."""

    def ask(self, prompt: str, most: int) -> bytearray:
        """One line without its end, not shown while it is typed; the caller wipes it. On Windows in UTF-8.

        Raises `EOFError` without a line, `ValueError` for one of more than `most` bytes.
        """

    def close(self) -> None:
        """To be called once."""
