"""Windows as far as the client calls it, in memory: one pipe, a few processes, a console. Not part of the package.

Stands in for ctypes' own libraries, and takes arguments as ctypes would: each function must have its types, and what it is
given must fit them.
"""

import ctypes
import struct
import time
from typing import Any, Dict, List, Optional, Set, Tuple, Union

OWN = "S-1-5-21-1-2-3-1001"
STRANGER = "S-1-5-21-1-2-3-1002"
SYSTEM = "S-1-5-18"
ADMINISTRATORS = "S-1-5-32-544"
EVERYONE = "S-1-1-0"

NOT_FOUND, DENIED, BAD_HANDLE, GONE = 2, 5, 6, 87
BROKEN, BUSY, NO_DATA, ABORTED, PENDING, NOTHING_TO_CANCEL = 109, 231, 232, 995, 997, 1168
TIME_OUT = 258
NO_HANDLE = ctypes.c_void_p(-1).value

#: Enabled; enabled and deny only.
ON, DENY = 0x4, 0x14

#: What a read gives: bytes at once, bytes after a while, nothing ever, or an error.
Read = Union[bytes, Tuple[str, bytes], None, int]


def sid_bytes(text: str) -> bytes:
    revision, authority, *parts = (int(part) for part in text.split("-")[1:])
    return struct.pack(f"<BB6s{len(parts)}I", revision, len(parts), authority.to_bytes(6, "big"), *parts)


class Windows:
    """What there is. Tests change it."""

    def __init__(self) -> None:
        self.error = 0
        self.handles: Set[int] = set()
        self.allocated = 0
        self.calls: List[Tuple[str, Tuple[Any, ...]]] = []
        #: Of the own process and of the pipe's server.
        self.sids: Dict[int, str] = {1: OWN, 2: SYSTEM}
        self.groups: List[Tuple[str, int]] = [(EVERYONE, ON)]
        self.user = "Batch User"
        self.server_pid = 2
        #: What stands in the way of looking at the server.
        self.server_error = 0
        self.owner: Optional[str] = SYSTEM
        #: What opening the pipe gives, in order: an error, or 0; after the last one 0.
        self.opens: List[int] = []
        self.reads: List[Read] = []
        self.written = bytearray()
        self.addresses: List[int] = []
        self.write_error = 0
        self.interrupts = False
        self.pending: Optional[Tuple[int, Optional[bytes]]] = None
        self._result: Tuple[int, int] = (0, 0)
        self.console = True
        self.mode = 0x1F7
        self.modes: List[int] = []
        self.typed = ""
        self.shown = ""
        self._kept: Any = None

    def named(self, name: str) -> List[Tuple[Any, ...]]:
        """The arguments of each call of that name."""
        return [given for called, given in self.calls if called == name]

    def fail(self, error: int) -> int:
        self.error = error
        return 0

    def handle(self, kind: int) -> int:
        made = kind + 16 * len(self.calls)
        self.handles.add(made)
        return made

    # kernel32

    def CloseHandle(self, handle: Any) -> int:
        self.handles.remove(getattr(handle, "value", handle))
        return 1

    def LocalFree(self, memory: Any) -> None:
        self.allocated -= 1

    def CreateFileW(self, name: str, *_: Any) -> Optional[int]:
        error = 0
        if name in ("CONIN$", "CONOUT$"):
            error = 0 if self.console else BAD_HANDLE
        elif self.opens:
            error = self.opens.pop(0)
        if error == 0:
            return self.handle(1)
        self.error = error
        return NO_HANDLE

    def WaitNamedPipeW(self, name: str, milliseconds: int) -> int:
        time.sleep(0.01)
        error = self.opens[0] if self.opens else 0
        return 1 if error == 0 else self.fail(error if error == NOT_FOUND else 121)

    def CreateEventW(self, *_: Any) -> int:
        return self.handle(2)

    def WriteFile(self, pipe: int, address: int, length: int, _: None, overlapped: Any) -> int:
        if self.write_error:
            return self.fail(self.write_error)
        self.addresses.append(address)
        self.written += ctypes.string_at(address, length)
        self._result = (0, length)
        return 1

    def ReadFile(self, pipe: int, address: int, length: int, _: None, overlapped: Any) -> int:
        step = self.reads.pop(0) if self.reads else BROKEN
        if isinstance(step, int):
            self._result = (-1, 0)  # never to be waited for: nothing is pending
            return self.fail(step)
        if step is None or isinstance(step, tuple):
            self.pending = (address, None if step is None else step[1])
            return self.fail(PENDING)
        self._give(address, length, step)
        return 1

    def _give(self, address: int, length: int, data: bytes) -> None:
        part = data[:length]
        ctypes.memmove(address, part, len(part))
        if len(data) > length:
            self.reads.insert(0, data[length:])
        self._result = (0, len(part))

    def WaitForSingleObject(self, event: int, milliseconds: int) -> int:
        if self.interrupts:
            raise KeyboardInterrupt
        if self.pending is None or self.pending[1] is None:
            time.sleep(milliseconds / 1000)
            return TIME_OUT
        address, data = self.pending
        self.pending = None
        self._give(address, len(data), data)
        return 0

    def CancelIoEx(self, pipe: int, overlapped: Any) -> int:
        if self.pending is None:
            return self.fail(NOTHING_TO_CANCEL)
        self.pending, self._result = None, (ABORTED, 0)
        return 1

    def GetOverlappedResult(self, pipe: int, overlapped: Any, count: Any, wait: bool) -> int:
        error, length = self._result
        assert error >= 0, "would wait for ever: the call had failed at once"
        count._obj.value = length
        return self.fail(error) if error else 1

    def GetNamedPipeServerProcessId(self, pipe: int, pid: Any) -> int:
        pid._obj.value = self.server_pid
        return 1

    def OpenProcess(self, access: int, inherit: bool, pid: int) -> Optional[int]:
        assert (access, inherit) == (0x1000, False)
        if self.server_error:
            return self.fail(self.server_error) or None
        return self.handle(pid)

    def GetCurrentProcess(self) -> int:
        return 1

    # advapi32

    def OpenProcessToken(self, process: int, access: int, token: Any) -> int:
        assert access == 8
        token._obj.value = self.handle(process % 16)
        return 1

    def GetTokenInformation(self, token: Any, kind: int, room: Any, length: int, needed: Any) -> int:
        user = [(self.sids[token.value % 16], 0)]
        entries = user if kind == 1 else self.groups
        head = b"" if kind == 1 else struct.pack("@IxxxxP", len(entries), 0)[:8]
        tail = b"".join(sid_bytes(sid) for sid, _ in entries)
        needed._obj.value = len(head) + 16 * len(entries) + len(tail)
        if room is None or length < needed._obj.value:
            return self.fail(122)
        at = ctypes.addressof(room) + len(head) + 16 * len(entries)
        table = b""
        for sid, flags in entries:
            table += struct.pack("@PIxxxx", at, flags)
            at += len(sid_bytes(sid))
        ctypes.memmove(room, head + table + tail, needed._obj.value)
        return 1

    def GetSecurityInfo(self, handle: int, kind: int, what: int, owner: Any, *rest: Any) -> int:
        assert (kind, what) == (6, 1)
        self.allocated += 1
        rest[-1]._obj.value = 0x5D
        if self.owner is not None:
            self._kept = ctypes.create_string_buffer(sid_bytes(self.owner))
            owner._obj.value = ctypes.addressof(self._kept)
        return 0

    def GetUserNameW(self, room: Any, length: Any) -> int:
        room.value = self.user
        return 1

    # the console

    def GetConsoleMode(self, keyboard: int, mode: Any) -> int:
        mode._obj.value = self.mode
        return 1

    def SetConsoleMode(self, keyboard: int, mode: int) -> int:
        self.mode = mode
        self.modes.append(mode)
        return 1

    def FlushConsoleInputBuffer(self, keyboard: int) -> int:
        return 1

    def WriteConsoleW(self, screen: int, text: str, *_: Any) -> int:
        self.shown += text
        return 1

    def ReadConsoleW(self, keyboard: int, address: int, units: int, count: Any, _: None) -> int:
        if self.interrupts:
            raise KeyboardInterrupt
        data = self.typed.encode("utf-16-le", "surrogatepass")[: 2 * units]
        ctypes.memmove(address, data, len(data))
        count._obj.value = len(data) // 2
        return 1

    def WideCharToMultiByte(self, page: int, flags: int, source: int, units: int, target: int, most: int, *_: Any) -> int:
        assert (page, flags) == (65001, 0x80)
        try:
            data = ctypes.string_at(source, 2 * units).decode("utf-16-le").encode()
        except UnicodeError:
            return self.fail(1113)
        assert len(data) <= most
        ctypes.memmove(target, data, len(data))
        return len(data)


#: The Windows that is there now.
now = Windows()


def fresh() -> Windows:
    global now
    now = Windows()
    return now


class _Function:
    def __init__(self, name: str) -> None:
        self._name = name
        self.restype: Any = "not set"
        self.argtypes: Any = None

    def __call__(self, *given: Any) -> Any:
        assert self.restype != "not set" and len(self.argtypes) == len(given), f"{self._name} lacks its types"
        for takes, one in zip(self.argtypes, given):
            takes.from_param(one)
        now.calls.append((self._name, given))
        return getattr(now, self._name)(*given)


class _Library:
    def __init__(self, name: str, use_last_error: bool = False) -> None:
        assert name in ("kernel32", "advapi32") and use_last_error

    def __getattr__(self, name: str) -> _Function:
        assert hasattr(Windows, name), name
        function = _Function(name)
        setattr(self, name, function)
        return function


def install() -> None:
    """From then on the part of the package for Windows can be imported."""
    setattr(ctypes, "WinDLL", _Library)
    setattr(ctypes, "get_last_error", lambda: now.error)


def uninstall() -> None:
    delattr(ctypes, "WinDLL")
    delattr(ctypes, "get_last_error")
