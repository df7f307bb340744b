"""Frames and their headers: two lengths, a msgpack map, and a payload that is never decoded."""

import struct
from typing import Any, Callable, Dict, Mapping, Tuple

import msgpack

from .buffers import wipe
from .errors import ProtocolError
from .limits import MAX_HEADER_BYTES, MAX_PAYLOAD_BYTES, PREFIX_BYTES
from .scanner import scan

_PREFIX = struct.Struct(">II")

#: Reads at least one byte into the start of a buffer and returns how many; 0 at the end.
ReadInto = Callable[[memoryview], int]


def encode_head(fields: Mapping[str, Any], payload_length: int) -> bytes:
    """All of a frame before its payload; it holds nothing secret. Raises `too-large` or `bad-request`."""
    try:
        header = msgpack.packb(dict(fields), use_bin_type=True)
    except (ValueError, TypeError, OverflowError):
        raise ProtocolError("bad-request") from None
    if len(header) > MAX_HEADER_BYTES:
        raise ProtocolError("too-large")
    return _PREFIX.pack(len(header), payload_length) + header


def decode_header(data: bytearray) -> Dict[str, Any]:
    """A header after the strict scan. Raises `bad-frame` or `bad-request`, never with a text that quotes the bytes."""
    scan(data)
    try:
        return msgpack.unpackb(  # type: ignore[no-any-return]
            data,
            raw=False,
            strict_map_key=True,
            unicode_errors="strict",
            ext_hook=_refuse_ext,
            max_str_len=MAX_HEADER_BYTES,
            max_array_len=MAX_HEADER_BYTES,
            max_map_len=MAX_HEADER_BYTES,
            max_bin_len=0,
            max_ext_len=0,
        )
    except Exception:
        raise ProtocolError("bad-frame") from None  # msgpack's own errors quote what they could not read


def _refuse_ext(_code: int, _data: bytes) -> Any:
    raise ProtocolError("bad-frame")


def read_header(read: ReadInto) -> Tuple[Dict[str, Any], int]:
    """Reads a frame up to its payload: its header, and the payload's length. Judges lengths before it keeps a byte."""
    with memoryview(bytearray(PREFIX_BYTES)) as prefix:
        read_exactly(read, prefix)
        header_length, payload_length = _PREFIX.unpack(prefix)
    if header_length == 0:
        raise ProtocolError("bad-frame")
    if header_length > MAX_HEADER_BYTES or payload_length > MAX_PAYLOAD_BYTES:
        raise ProtocolError("too-large")
    header = bytearray(header_length)
    try:
        with memoryview(header) as view:
            read_exactly(read, view)
        return decode_header(header), payload_length
    finally:
        wipe(header)  # of an agent that is none of ours, who knows what this was


def read_payload(read: ReadInto, length: int) -> bytearray:
    """Reads a payload into a buffer of its own, the caller's to wipe. It is wiped here when not all of it comes."""
    payload = bytearray(length)
    try:
        with memoryview(payload) as view:
            read_exactly(read, view)
    except BaseException:
        wipe(payload)
        raise
    return payload


def read_exactly(read: ReadInto, target: memoryview) -> None:
    """Fills `target`. Raises `EOFError` when the other end closes first."""
    filled = 0
    while filled < len(target):
        with target[filled:] as rest:
            count = read(rest)
        if count == 0:
            raise EOFError
        filled += count
