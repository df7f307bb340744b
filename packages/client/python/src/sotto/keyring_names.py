"""The name of the secret that holds the password of a service and a user: `keyring/SERVICE/USER`.

Services and users are any text, segments of names are not, so each is written as one segment:

* Its UTF-8 bytes one after the other: `a-z 0-9 . -` stand for themselves, any other byte is `_` and two hexadecimal
  digits. A `.` after another `.`, and a `.` or `-` at the end, are written that way too.
* What is then no segment because of how it begins, is empty, or is the reserved `constructor`, gets `0__e` before it.
* What is longer than a segment may be is `0__h` and its SHA-256 in base32.

After a `_` of the first kind stand two digits, so `0__` begins no other segment: no two texts have the same one, as far
as no two have the same SHA-256. All but the last kind can be read back.
"""

import base64
import hashlib
import re
from typing import Optional

_MAX_SEGMENT = 64
_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789")
_INSIDE = frozenset(b".-")
_ESCAPED = re.compile("_([0-9a-f]{2})")
_MARKED = "0__e"
_HASHED = "0__h"


def secret_name(prefix: str, service: str, username: str) -> str:
    """The name of the secret."""
    return f"{prefix}/{to_segment(service)}/{to_segment(username)}"


def to_segment(text: str) -> str:
    """Any text as one segment of a name."""
    data = text.encode("utf-8", "surrogatepass")
    escaped = _escape(data)
    if escaped == "" or escaped == "constructor" or escaped[0] in "_.-":
        escaped = _MARKED + escaped
    if len(escaped) <= _MAX_SEGMENT:
        return escaped
    return _HASHED + base64.b32encode(hashlib.sha256(data).digest()).decode().rstrip("=").lower()


def from_segment(segment: str) -> Optional[str]:
    """The text that a segment stands for; None for one that stands for a hash, or that `to_segment` does not make."""
    escaped = segment[len(_MARKED) :] if segment.startswith(_MARKED) else segment
    try:
        latin = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), escaped)
        text = latin.encode("latin-1").decode("utf-8", "surrogatepass")
    except UnicodeError:
        return None
    return text if to_segment(text) == segment else None


def _escape(data: bytes) -> str:
    out = ""
    for at, byte in enumerate(data):
        inside = byte in _INSIDE and at < len(data) - 1 and not (byte == 0x2E and out.endswith("."))
        out += chr(byte) if byte in _PLAIN or inside else f"_{byte:02x}"
    return out
