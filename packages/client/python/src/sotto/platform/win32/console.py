"""Asks a person at the console for something secret, without ever making a string of it."""

import ctypes
from contextlib import contextmanager
from ctypes import wintypes
from typing import Iterator, Optional

from ...buffers import copy_of, wipe
from ...limits import MAX_LINE_BYTES
from . import api

_READ_AND_WRITE = 0x80000000 | 0x40000000
_SHARED = 1 | 2
_OPEN_EXISTING = 3
#: ENABLE_PROCESSED_INPUT, ENABLE_LINE_INPUT, ENABLE_ECHO_INPUT.
_PROCESSED, _LINE, _ECHO = 1, 2, 4
_UTF8 = 65001
#: WC_ERR_INVALID_CHARS
_STRICT = 0x80
_UNIT_BYTES = 2
#: The end of a line, in UTF-16: two units.
_END = b"\r\0\n\0"


def open_terminal() -> Optional["Console"]:
    """None where this process has no console."""
    keyboard, screen = _open("CONIN$"), _open("CONOUT$")
    if keyboard is not None and screen is not None:
        return Console(keyboard, screen)
    for handle in (keyboard, screen):
        if handle is not None:
            api.close_handle(handle)
    return None


def _open(name: str) -> Optional[int]:
    handle = api.create_file(name, _READ_AND_WRITE, _SHARED, None, _OPEN_EXISTING, 0, None)
    return None if handle == api.NO_HANDLE else int(handle)


class Console:
    def __init__(self, keyboard: int, screen: int) -> None:
        self._keyboard, self._screen = keyboard, screen

    def ask(self, prompt: str, most: int) -> bytearray:
        line = bytearray(MAX_LINE_BYTES * _UNIT_BYTES)
        try:
            with self._silent():
                self._write(prompt)
                try:
                    length = self._read(line)
                finally:
                    self._write("\r\n")
            return _as_utf8(line, length, most)
        finally:
            wipe(line)

    def close(self) -> None:
        api.close_handle(self._keyboard)
        api.close_handle(self._screen)

    def _write(self, text: str) -> None:
        count = wintypes.DWORD()
        api.write_console(self._screen, text, len(text), ctypes.byref(count), None)

    def _read(self, line: bytearray) -> int:
        """How many bytes of the line there are, without its end."""
        count = wintypes.DWORD()
        with memoryview(line) as view:
            units = len(line) // _UNIT_BYTES
            read = api.read_console(self._keyboard, api.address_of(view), units, ctypes.byref(count), None)
        if not read or count.value == 0:
            raise EOFError
        length = count.value * _UNIT_BYTES
        if not line.startswith(_END, length - len(_END)):
            raise ValueError("what was typed is too long")
        return length - len(_END)

    @contextmanager
    def _silent(self) -> Iterator[None]:
        """No echo, and what was typed before is dropped; as it was afterwards, also after Ctrl-C."""
        before = wintypes.DWORD()
        if not api.get_console_mode(self._keyboard, ctypes.byref(before)):
            raise EOFError
        api.set_console_mode(self._keyboard, before.value & ~_ECHO | _PROCESSED | _LINE)
        api.flush_console_input_buffer(self._keyboard)
        try:
            yield
        finally:
            api.flush_console_input_buffer(self._keyboard)
            api.set_console_mode(self._keyboard, before.value)


def _as_utf8(line: bytearray, length: int, most: int) -> bytearray:
    """From UTF-16, by Windows itself: Python would make a string in between."""
    if length == 0:
        return bytearray()
    room = bytearray(length // _UNIT_BYTES * 3)
    try:
        with memoryview(line) as source, memoryview(room) as target:
            units, bytes_ = length // _UNIT_BYTES, len(room)
            given = (api.address_of(source), units, api.address_of(target), bytes_, None, None)
            written = api.wide_char_to_multi_byte(_UTF8, _STRICT, *given)
        if written == 0:
            raise ValueError("what was typed is no text")
        if written > most:
            raise ValueError("what was typed is too long")
        return copy_of(room, written)
    finally:
        wipe(room)
