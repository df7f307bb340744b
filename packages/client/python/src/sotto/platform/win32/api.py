"""The calls of Windows that Python does not offer, as Microsoft documents them, each with its types."""

import ctypes
from ctypes import POINTER, Structure, c_char, c_size_t, c_void_p, wintypes
from typing import Any, Optional

#: A handle or an address; None is 0.
Handle = Optional[int]
#: What `CreateFileW` returns where there is none.
NO_HANDLE = c_void_p(-1).value

#: Numbers of winerror.h.
FILE_NOT_FOUND = 2
ACCESS_DENIED = 5
BROKEN_PIPE = 109
PIPE_BUSY = 231
NO_DATA = 232
PIPE_NOT_CONNECTED = 233
IO_PENDING = 997

#: Of `WaitForSingleObject`: what it waited for has happened.
WAIT_OBJECT_0 = 0


class Overlapped(Structure):
    """OVERLAPPED: belongs to Windows while a call is pending."""

    _fields_ = [
        ("Internal", c_size_t),
        ("InternalHigh", c_size_t),
        ("Offset", wintypes.DWORD),
        ("OffsetHigh", wintypes.DWORD),
        ("hEvent", wintypes.HANDLE),
    ]


class CallFailed(Exception):
    """A call that failed. `number`: its error, one of winerror.h."""

    def __init__(self, call: str, number: Optional[int] = None) -> None:
        self.number = ctypes.get_last_error() if number is None else number
        super().__init__(f"{call} failed: win32 error {self.number}")


_kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
_advapi32 = ctypes.WinDLL("advapi32", use_last_error=True)
_DWORD, _BOOL, _HANDLE, _TEXT = wintypes.DWORD, wintypes.BOOL, wintypes.HANDLE, wintypes.LPCWSTR
_DWORD_OUT, _HANDLE_OUT, _POINTER_OUT = POINTER(_DWORD), POINTER(_HANDLE), POINTER(c_void_p)
_OVERLAPPED = POINTER(Overlapped)


def _of(library: Any, name: str, returns: Any, *takes: Any) -> Any:
    call = getattr(library, name)
    call.restype, call.argtypes = returns, takes
    return call


last_error = ctypes.get_last_error

close_handle = _of(_kernel32, "CloseHandle", _BOOL, _HANDLE)
local_free = _of(_kernel32, "LocalFree", c_void_p, c_void_p)
create_file = _of(
    _kernel32, "CreateFileW", _HANDLE, _TEXT, _DWORD, _DWORD, c_void_p, _DWORD, _DWORD, _HANDLE
)
create_event = _of(_kernel32, "CreateEventW", _HANDLE, c_void_p, _BOOL, _BOOL, _TEXT)
wait_for_single_object = _of(_kernel32, "WaitForSingleObject", _DWORD, _HANDLE, _DWORD)
read_file = _of(_kernel32, "ReadFile", _BOOL, _HANDLE, c_void_p, _DWORD, c_void_p, _OVERLAPPED)
write_file = _of(_kernel32, "WriteFile", _BOOL, _HANDLE, c_void_p, _DWORD, c_void_p, _OVERLAPPED)
cancel_io_ex = _of(_kernel32, "CancelIoEx", _BOOL, _HANDLE, _OVERLAPPED)
get_overlapped_result = _of(
    _kernel32, "GetOverlappedResult", _BOOL, _HANDLE, _OVERLAPPED, _DWORD_OUT, _BOOL
)
wait_named_pipe = _of(_kernel32, "WaitNamedPipeW", _BOOL, _TEXT, _DWORD)
get_named_pipe_server_process_id = _of(
    _kernel32, "GetNamedPipeServerProcessId", _BOOL, _HANDLE, _DWORD_OUT
)
open_process = _of(_kernel32, "OpenProcess", _HANDLE, _DWORD, _BOOL, _DWORD)
get_current_process = _of(_kernel32, "GetCurrentProcess", _HANDLE)

open_process_token = _of(_advapi32, "OpenProcessToken", _BOOL, _HANDLE, _DWORD, _HANDLE_OUT)
get_token_information = _of(
    _advapi32, "GetTokenInformation", _BOOL, _HANDLE, ctypes.c_int, c_void_p, _DWORD, _DWORD_OUT
)
get_security_info = _of(
    _advapi32,
    "GetSecurityInfo",
    _DWORD,
    _HANDLE,
    ctypes.c_int,
    _DWORD,
    _POINTER_OUT,
    _POINTER_OUT,
    _POINTER_OUT,
    _POINTER_OUT,
    _POINTER_OUT,
)
get_user_name = _of(_advapi32, "GetUserNameW", _BOOL, wintypes.LPWSTR, _DWORD_OUT)

get_console_mode = _of(_kernel32, "GetConsoleMode", _BOOL, _HANDLE, _DWORD_OUT)
set_console_mode = _of(_kernel32, "SetConsoleMode", _BOOL, _HANDLE, _DWORD)
flush_console_input_buffer = _of(_kernel32, "FlushConsoleInputBuffer", _BOOL, _HANDLE)
read_console = _of(_kernel32, "ReadConsoleW", _BOOL, _HANDLE, c_void_p, _DWORD, _DWORD_OUT, c_void_p)
write_console = _of(_kernel32, "WriteConsoleW", _BOOL, _HANDLE, _TEXT, _DWORD, _DWORD_OUT, c_void_p)
wide_char_to_multi_byte = _of(
    _kernel32,
    "WideCharToMultiByte",
    ctypes.c_int,
    wintypes.UINT,
    _DWORD,
    c_void_p,
    ctypes.c_int,
    c_void_p,
    ctypes.c_int,
    c_void_p,
    c_void_p,
)


def address_of(view: memoryview) -> int:
    """Where the bytes lie. Of a writable view of at least one byte, which the caller holds while the address is used."""
    return ctypes.addressof((c_char * len(view)).from_buffer(view))
