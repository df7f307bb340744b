"""Reads and writes a pipe with a time limit, by overlapped calls, from and into the caller's own memory."""

import ctypes
import errno
from ctypes import wintypes
from typing import Any

from ...clock import left
from . import api

#: How long one call waits, in seconds: Ctrl-C is noticed in between.
_SLICE = 0.25
#: The other end has closed.
_CLOSED = (api.BROKEN_PIPE, api.NO_DATA, api.PIPE_NOT_CONNECTED)


class PipeStream:
    """Owns the handle, which `close` closes."""

    def __init__(self, pipe: int) -> None:
        """Raises `CallFailed`, and the handle is still the caller's then."""
        event = api.create_event(None, True, False, None)
        if not event:
            raise api.CallFailed("CreateEvent")
        self._pipe, self._event = pipe, event
        self._overlapped = api.Overlapped(hEvent=event)

    def send(self, data: memoryview, deadline: float) -> int:
        if not data.readonly:
            return self._transfer(api.write_file, api.address_of(data), len(data), deadline)
        # What cannot be written, such as `bytes`, has no address to be had and is nobody's to wipe; this copy is wiped.
        copy = (ctypes.c_char * len(data)).from_buffer_copy(data)
        try:
            return self._transfer(api.write_file, ctypes.addressof(copy), len(data), deadline)
        finally:
            ctypes.memset(copy, 0, len(data))

    def recv_into(self, target: memoryview, deadline: float) -> int:
        try:
            return self._transfer(api.read_file, api.address_of(target), len(target), deadline)
        except BrokenPipeError:
            return 0

    def close(self) -> None:
        api.close_handle(self._pipe)
        api.close_handle(self._event)

    def _transfer(self, call: Any, address: int, length: int, deadline: float) -> int:
        """When it returns, however it does, Windows has done with the memory."""
        left(deadline)
        try:
            if not call(self._pipe, address, length, None, ctypes.byref(self._overlapped)):
                if api.last_error() != api.IO_PENDING:
                    raise _failure(api.last_error())
                self._wait(deadline)
            return self._result(wait=False)
        except BaseException:
            self._abandon()
            raise

    def _wait(self, deadline: float) -> None:
        waited = None
        while waited != api.WAIT_OBJECT_0:
            milliseconds = max(1, int(1000 * min(left(deadline), _SLICE)))
            waited = api.wait_for_single_object(self._event, milliseconds)

    def _abandon(self) -> None:
        """Takes back what is pending. Where nothing is, nothing can be taken back, and there is nothing to wait for."""
        if api.cancel_io_ex(self._pipe, ctypes.byref(self._overlapped)):
            try:
                self._result(wait=True)
            except OSError:
                pass  # that it was taken back

    def _result(self, wait: bool) -> int:
        count = wintypes.DWORD()
        overlapped = ctypes.byref(self._overlapped)
        if not api.get_overlapped_result(self._pipe, overlapped, ctypes.byref(count), wait):
            raise _failure(api.last_error())
        return count.value


def _failure(number: int) -> OSError:
    if number in _CLOSED:
        return BrokenPipeError(errno.EPIPE, "the pipe has been closed")
    return OSError(errno.EIO, f"win32 error {number}")
