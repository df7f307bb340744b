"""Who a process acts as."""

import ctypes
import struct
from ctypes import c_void_p, wintypes
from functools import lru_cache
from typing import NamedTuple, Tuple

from . import api, sid

_TOKEN_QUERY = 8
#: Members of TOKEN_INFORMATION_CLASS.
_USER, _GROUPS = 1, 2
#: SID_AND_ATTRIBUTES: an address, 32 bits, and room up to the next address.
_ENTRY = struct.Struct("@PI")
_ENTRY_BYTES = 2 * ctypes.sizeof(c_void_p)
#: SE_GROUP_ENABLED without SE_GROUP_USE_FOR_DENY_ONLY.
_ENABLED, _DENY_ONLY = 0x4, 0x10


class Identity(NamedTuple):
    sid: str
    #: SIDs of the groups that count for it: not those that only deny.
    groups: Tuple[str, ...]


def identity_of(process: api.Handle) -> Identity:
    """Of an open process. Raises `CallFailed` where its token may not be looked at."""
    token = wintypes.HANDLE()
    if not api.open_process_token(process, _TOKEN_QUERY, ctypes.byref(token)):
        raise api.CallFailed("OpenProcessToken")
    try:
        return Identity(_user_of(token), _groups_of(token))
    finally:
        api.close_handle(token)


@lru_cache(maxsize=None)
def own_identity() -> Identity:
    """Of this process."""
    return identity_of(api.get_current_process())


def is_privileged(identity: Identity) -> bool:
    """The system, or a member of Administrators whose membership is switched on (an elevated process)."""
    return identity.sid == sid.SYSTEM or sid.ADMINISTRATORS in identity.groups


def sid_at(address: int) -> str:
    """The SID that Windows keeps there."""
    head = ctypes.string_at(address, 2)
    return sid.text_of(ctypes.string_at(address, sid.length_of(head)))


def _user_of(token: wintypes.HANDLE) -> str:
    room = _read(token, _USER)
    return sid_at(_ENTRY.unpack_from(room)[0])


def _groups_of(token: wintypes.HANDLE) -> Tuple[str, ...]:
    room = _read(token, _GROUPS)
    (count,) = struct.unpack_from("<I", room)
    first = _ENTRY_BYTES // 2  # the count, and room up to the next address
    entries = (_ENTRY.unpack_from(room, first + at * _ENTRY_BYTES) for at in range(count))
    return tuple(sid_at(group) for group, flags in entries if flags & _ENABLED and not flags & _DENY_ONLY)


def _read(token: wintypes.HANDLE, kind: int) -> "ctypes.Array[ctypes.c_char]":
    """What the addresses in it lead to lies in it, too: for as long as it is held."""
    needed = wintypes.DWORD()
    api.get_token_information(token, kind, None, 0, ctypes.byref(needed))
    room = ctypes.create_string_buffer(max(needed.value, 1))
    if not api.get_token_information(token, kind, room, len(room), ctypes.byref(needed)):
        raise api.CallFailed("GetTokenInformation")
    return room
