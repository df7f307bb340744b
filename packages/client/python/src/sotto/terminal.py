"""Asks a person at the terminal for something secret, without ever making a string of it."""

import os
import termios
from contextlib import contextmanager
from typing import Iterator, Optional

from .buffers import copy_of, wipe
from .limits import MAX_PASSPHRASE_BYTES

_LFLAG = 3
#: The longest line that a terminal gives (termios(3), canonical mode).
_LINE_BYTES = 4096


def open_terminal() -> Optional[int]:
    """A descriptor of the terminal of this process, None where it has none."""
    try:
        return os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return None


def ask(terminal: int, prompt: str, most: int = _LINE_BYTES) -> bytearray:
    """One line without its end, not shown while it is typed; the caller wipes it. Raises `EOFError` without one."""
    line = bytearray(_LINE_BYTES)
    try:
        with _silent(terminal):
            os.write(terminal, prompt.encode())
            try:
                length = os.readv(terminal, [line])
            finally:
                os.write(terminal, b"\n")
        if length == 0:
            raise EOFError
        end = length - 1 if line[length - 1] == 0x0A else length
        if end > most:
            raise ValueError("what was typed is too long")
        return copy_of(line, end)
    finally:
        wipe(line)


def ask_passphrase(terminal: int) -> bytearray:
    return ask(terminal, "Passphrase of the vault: ", MAX_PASSPHRASE_BYTES)


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
