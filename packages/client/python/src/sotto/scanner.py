"""Checks the bytes of a header before msgpack sees them: PROTOCOL.md, "What a header may contain".

Format: https://github.com/msgpack/msgpack/blob/master/spec.md
"""

from typing import Optional, Set

from .errors import ProtocolError
from .limits import MAX_DEPTH, MAX_INTEGER

#: Keys that other languages could mistake for something of their own.
_FORBIDDEN_KEYS = frozenset(("__proto__", "constructor", "prototype"))


def scan(data: bytearray) -> None:
    """Raises `ProtocolError` unless `data` is exactly one map of what a header may contain.

    `bad-frame` for what is malformed or forbidden (bin, ext, float, truncation, trailing bytes, depth), `bad-request`
    for what is well-formed and yet not acceptable (keys that are no strings, stand twice or are forbidden, invalid
    UTF-8, integers out of range, a top level that is no map).
    """
    if not data:
        raise ProtocolError("bad-frame")
    scanner = _Scanner(data)
    scanner.value(1)
    if scanner.at != len(data):
        raise ProtocolError("bad-frame")
    is_map = data[0] & 0xF0 == 0x80 or data[0] in (0xDE, 0xDF)
    if scanner.objections or not is_map:
        raise ProtocolError("bad-request")


class _Scanner:
    def __init__(self, data: bytearray) -> None:
        self.at = 0
        #: Well-formed but unacceptable things met so far: reported only when the framing proved sound.
        self.objections = 0
        self._data = data

    def value(self, depth: int) -> None:
        """Scans one value; containers recurse, at most `MAX_DEPTH` deep."""
        lead = self._uint(1)
        if lead <= 0x7F or lead >= 0xE0 or lead in (0xC0, 0xC2, 0xC3):
            return
        if lead <= 0x8F:
            self._map(lead & 0x0F, depth)
        elif lead <= 0x9F:
            self._array(lead & 0x0F, depth)
        elif lead <= 0xBF:
            self._string(lead & 0x1F)
        elif lead in (0xCC, 0xCD, 0xCE):
            self._skip(1 << (lead - 0xCC))
        elif lead in (0xD0, 0xD1, 0xD2):
            self._skip(1 << (lead - 0xD0))
        else:
            self._long(lead, depth)

    def _long(self, lead: int, depth: int) -> None:
        if lead in (0xCF, 0xD3):
            self._wide_integer(signed=lead == 0xD3)
        elif lead in (0xD9, 0xDA, 0xDB):
            self._string(self._uint(1 << (lead - 0xD9)))
        elif lead in (0xDC, 0xDD):
            self._array(self._uint(2 if lead == 0xDC else 4), depth)
        elif lead in (0xDE, 0xDF):
            self._map(self._uint(2 if lead == 0xDE else 4), depth)
        else:
            raise ProtocolError("bad-frame")  # 0xc1, bin, ext and float

    def _map(self, count: int, depth: int) -> None:
        self._enter(count * 2, depth)
        keys: Set[str] = set()
        for _ in range(count):
            key = self._key(depth + 1)
            if key is None or key in keys or key in _FORBIDDEN_KEYS:
                self.objections += 1
            else:
                keys.add(key)
            self.value(depth + 1)

    def _array(self, count: int, depth: int) -> None:
        self._enter(count, depth)
        for _ in range(count):
            self.value(depth + 1)

    def _enter(self, values: int, depth: int) -> None:
        """A count that cannot fit the bytes left is refused before it is looped over: one byte a value at least."""
        if depth > MAX_DEPTH or values > len(self._data) - self.at:
            raise ProtocolError("bad-frame")

    def _key(self, depth: int) -> Optional[str]:
        """The key as text; None, and scanned over, when it is not a string."""
        if self.at >= len(self._data):
            raise ProtocolError("bad-frame")
        lead = self._data[self.at]
        if 0xA0 <= lead <= 0xBF:
            return self._string(self._uint(1) & 0x1F)
        if 0xD9 <= lead <= 0xDB:
            self.at += 1
            return self._string(self._uint(1 << (lead - 0xD9)))
        if 0xC4 <= lead <= 0xC6:  # a binary key is a key that is not a string, like any other
            self.at += 1
            self._skip(self._uint(1 << (lead - 0xC4)))
        else:
            self.value(depth)
        return None

    def _string(self, length: int) -> Optional[str]:
        start = self.at
        self._skip(length)
        try:
            return self._data[start : self.at].decode("utf-8")
        except UnicodeDecodeError:
            self.objections += 1
            return None

    def _wide_integer(self, signed: bool) -> None:
        start = self.at
        self._skip(8)
        if abs(int.from_bytes(self._data[start : self.at], "big", signed=signed)) > MAX_INTEGER:
            self.objections += 1

    def _uint(self, size: int) -> int:
        start = self.at
        self._skip(size)
        return int.from_bytes(self._data[start : self.at], "big")

    def _skip(self, count: int) -> None:
        if count > len(self._data) - self.at:
            raise ProtocolError("bad-frame")
        self.at += count
