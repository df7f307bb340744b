"""Decoders of fields: each returns its value, or raises `bad-request`. A field that is not there arrives as MISSING."""

import re
from typing import Any, Callable, Dict, Mapping

from .errors import ProtocolError
from .limits import (
    MAX_ATTRIBUTE_BYTES,
    MAX_ATTRIBUTE_KEY,
    MAX_ATTRIBUTES,
    MAX_ATTRIBUTES_BYTES,
    MAX_INTEGER,
)
from .names import is_secret_name

MISSING = object()
Decoder = Callable[[Any], Any]

#: Control characters could forge lines of a terminal or a log.
_CONTROL = re.compile("[\u0000-\u001f\u007f-\u009f\u2028\u2029]")
_ATTRIBUTE_KEY = re.compile(r"[A-Za-z0-9_.-]+")


def _expect(condition: bool, value: Any) -> Any:
    if not condition:
        raise ProtocolError("bad-request")
    return value


def flag(value: Any) -> Any:
    return _expect(isinstance(value, bool), value)


def integer(least: int = 0, most: int = MAX_INTEGER) -> Decoder:
    """An integer from `least` to `most`, both included; True is none."""
    return lambda value: _expect(type(value) is int and least <= value <= most, value)


def text(most: int) -> Decoder:
    """Text of at most `most` UTF-8 bytes, without control characters."""
    return lambda value: _expect(is_text(value, most), value)


def is_text(value: Any, most: int) -> bool:
    return isinstance(value, str) and utf8_length(value) <= most and not _CONTROL.search(value)


def utf8_length(value: str) -> int:
    """What is no valid Unicode is given a length of its own here, and refused when it is to be encoded."""
    return len(value.encode("utf-8", "surrogatepass"))


def secret_name(value: Any) -> Any:
    return _expect(is_secret_name(value), value)


def one_of(*allowed: str) -> Decoder:
    return lambda value: _expect(isinstance(value, str) and value in allowed, value)


def optional(decoder: Decoder) -> Decoder:
    return lambda value: MISSING if value is MISSING else decoder(value)


def nullable(decoder: Decoder) -> Decoder:
    """nil on the wire."""
    return lambda value: None if value is None else decoder(value)


def list_of(decoder: Decoder, most: int) -> Decoder:
    return lambda value: [decoder(one) for one in _expect(isinstance(value, list) and len(value) <= most, value)]


def attributes(value: Any) -> Dict[str, str]:
    """Short strings that are not secret, within their limits."""
    _expect(isinstance(value, dict) and len(value) <= MAX_ATTRIBUTES, value)
    for key, one in value.items():
        good_key = isinstance(key, str) and len(key) <= MAX_ATTRIBUTE_KEY and _ATTRIBUTE_KEY.fullmatch(key)
        _expect(bool(good_key) and is_text(one, MAX_ATTRIBUTE_BYTES), value)
    size = sum(utf8_length(key) + utf8_length(one) for key, one in value.items())
    return dict(_expect(size <= MAX_ATTRIBUTES_BYTES, value))


def decode_fields(header: Mapping[str, Any], decoders: Mapping[str, Decoder]) -> Dict[str, Any]:
    """The fields that have a decoder. Others are passed over."""
    decoded = {key: decode(header.get(key, MISSING)) for key, decode in decoders.items()}
    return {key: value for key, value in decoded.items() if value is not MISSING}
