"""Opens a pipe, and says who is at the other end before a byte is sent."""

import ctypes
from ctypes import c_void_p, wintypes
from typing import Optional

from . import api, sid
from .token import identity_of, own_identity, sid_at

#: READ_DATA, WRITE_DATA, READ_ATTRIBUTES, WRITE_ATTRIBUTES, READ_CONTROL, SYNCHRONIZE; not to make instances of the pipe.
CLIENT_ACCESS = 0x1 | 0x2 | 0x80 | 0x100 | 0x20000 | 0x100000
_OPEN_EXISTING = 3
_OVERLAPPED = 0x40000000
#: SECURITY_SQOS_PRESENT and SECURITY_IDENTIFICATION: the server may learn who we are, and never act as us.
IDENTIFY_ONLY = 0x100000 | 0x10000

_SE_KERNEL_OBJECT = 6
_OWNER = 1
#: PROCESS_QUERY_LIMITED_INFORMATION: who it is and what it runs, nothing of its memory.
_QUERY_LIMITED = 0x1000


def open_pipe(path: str) -> int:
    """The handle of a connected pipe. Does not wait for a free instance. Raises `CallFailed`."""
    flags = _OVERLAPPED | IDENTIFY_ONLY
    handle = api.create_file(path, CLIENT_ACCESS, 0, None, _OPEN_EXISTING, flags, None)
    if handle == api.NO_HANDLE:
        raise api.CallFailed("CreateFile")
    return int(handle)


def objection_to(pipe: int) -> Optional[str]:
    """Why a connected pipe may not be an agent's; None when it can be nobody else's. Raises `CallFailed`.

    The pipe must belong to the system, to Administrators or to ourselves, which only they can bring about, and so must
    the process that serves it, where it may be looked at: a user's program may not look at a service's.
    """
    owner = _owner_of(pipe)
    if owner is None or not _is_trusted(owner):
        return f"belongs to {owner or 'nobody'}"
    server = _server_of(pipe)
    return None if server is None or _is_trusted(server) else f"is served by {server}"


def _is_trusted(who: str) -> bool:
    return who in (sid.SYSTEM, sid.ADMINISTRATORS, own_identity().sid)


def _owner_of(pipe: int) -> Optional[str]:
    owner, descriptor = c_void_p(), c_void_p()
    found = (ctypes.byref(owner), None, None, None, ctypes.byref(descriptor))
    error = api.get_security_info(pipe, _SE_KERNEL_OBJECT, _OWNER, *found)
    if error != 0:
        raise api.CallFailed("GetSecurityInfo", error)
    try:
        return None if owner.value is None else sid_at(owner.value)
    finally:
        api.local_free(descriptor)


def _server_of(pipe: int) -> Optional[str]:
    """None where this process may not look at it."""
    pid = wintypes.DWORD()
    if not api.get_named_pipe_server_process_id(pipe, ctypes.byref(pid)):
        raise api.CallFailed("GetNamedPipeServerProcessId")
    try:
        return _sid_of_process(pid.value)
    except api.CallFailed as error:
        if error.number == api.ACCESS_DENIED:
            return None
        raise


def _sid_of_process(pid: int) -> str:
    process = api.open_process(_QUERY_LIMITED, False, pid)
    if not process:
        raise api.CallFailed("OpenProcess")
    try:
        return identity_of(process).sid
    finally:
        api.close_handle(process)
