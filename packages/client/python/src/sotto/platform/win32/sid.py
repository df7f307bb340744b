"""SIDs: accounts and groups of Windows, in their text form (MS-DTYP 2.4.2)."""

import struct

#: Well-known ones (MS-DTYP 2.4.2.4).
SYSTEM = "S-1-5-18"
ADMINISTRATORS = "S-1-5-32-544"

#: Before the parts: revision, how many parts there are, and the authority.
HEAD_BYTES = 8
PART_BYTES = 4


def length_of(head: bytes) -> int:
    """How many bytes a SID has, by its first two."""
    return HEAD_BYTES + PART_BYTES * head[1]


def text_of(data: bytes) -> str:
    """`S-1-5-...`."""
    parts = struct.unpack_from(f"<{data[1]}I", data, HEAD_BYTES)
    authority = int.from_bytes(data[2:HEAD_BYTES], "big")
    return "-".join(str(part) for part in ("S", data[0], authority, *parts))
