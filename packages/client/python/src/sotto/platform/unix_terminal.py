"""Asks a person at the terminal for something secret, without ever making a string of it."""

import os
import termios
from contextlib import contextmanager
from typing import Iterator, Optional

from ..buffers import copy_of, wipe
from ..limits import MAX_LINE_BYTES

_LFLAG = 3


def open_terminal() -> Optional["UnixTerminal"]:
    """None where this process has no terminal."""
    try:
        return UnixTerminal(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError:
        return None


class UnixTerminal:
    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def ask(self, prompt: str, most: int) -> bytearray:
        line = bytearray(MAX_LINE_BYTES)
        try:
            length = self._read(prompt, line)
            if length == 0:
                raise EOFError
            end = length - 1 if line[length - 1] == 0x0A else length
            if end > most:
                raise ValueError("what was typed is too long")
            return copy_of(line, end)
        finally:
            wipe(line)

    def close(self) -> None:
        os.close(self._descriptor)

    def _read(self, prompt: str, line: bytearray) -> int:
        with _silent(self._descriptor):
            os.write(self._descriptor, prompt.encode())
            try:
                return os.readv(self._descriptor, [line])
            finally:
                os.write(self._descriptor, b"\n")


@contextmanager
def _silent(terminal: int) -> Iterator[None]:
    """No echo, and what was typed before is dropped; as it was afterwards, also after Ctrl-C."""
    before = termios.tcgetattr(terminal)
    silent = list(before)
    silent[_LFLAG] &= ~(termios.ECHO | termios.ECHONL)
    silent[_LFLAG] |= termios.ICANON | termios.ISIG
    termios.tcsetattr(terminal, termios.TCSAFLUSH, silent)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSAFLUSH, before)
