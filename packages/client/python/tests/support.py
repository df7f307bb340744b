"""An agent that says what a test wants it to say, and helpers for bytes. Not part of the package."""

import os
import shutil
import socket
import struct
import tempfile
import threading
import traceback
from typing import Any, Callable, Dict, List, Optional

import msgpack

import sotto
from sotto.frame import read_header, read_payload

Answer = Callable[[Dict[str, Any], socket.socket], Optional[bytes]]


def frame_of(header: bytes, payload: bytes = b"") -> bytes:
    return struct.pack(">II", len(header), len(payload)) + header + payload


def frame(fields: Dict[str, Any], payload: bytes = b"") -> bytes:
    return frame_of(msgpack.packb(fields), payload)


def failure(request_id: Optional[int], error: str, **details: Any) -> bytes:
    return frame({"id": request_id, "ok": False, "error": error, **details})


def value(request_id: int, payload: bytes) -> bytes:
    return frame({"id": request_id, "ok": True, "attributes": {"username": "report"}, "version": 3}, payload)


class FakeAgent:
    """Listens in a folder of its own. What `answer` returns is sent; `greet` is called for each connection."""

    def __init__(self, answer: Answer, greet: Optional[Callable[[socket.socket], Any]] = None) -> None:
        self.folder = tempfile.mkdtemp(prefix="sotto-python-")
        self.path = os.path.join(self.folder, "agent.sock")
        self.received: List[Dict[str, Any]] = []
        self.connections = 0
        self._answer, self._greet = answer, greet
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.path)
        self._listener.listen(8)
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> "FakeAgent":
        return self

    def __exit__(self, *_: Any) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        shutil.rmtree(self.folder)

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        with peer:
            try:
                if self._greet is not None:
                    self._greet(peer)
                while True:
                    header, length = read_header(peer.recv_into)
                    header["payload"] = bytes(read_payload(peer.recv_into, length))
                    self.received.append(header)
                    peer.sendall(self._answer(header, peer) or b"")
            except (OSError, EOFError):
                pass


def everything_of(error: BaseException) -> str:
    """All that can be printed of an error: itself, its causes, their tracebacks, the locals of the package's frames."""
    package = os.path.dirname(sotto.__file__)
    parts = []
    seen: Optional[BaseException] = error
    while seen is not None:
        parts += [repr(seen), repr(seen.args), repr(vars(seen))]
        parts += traceback.format_exception(type(seen), seen, seen.__traceback__, chain=False)
        frames = [item for item, _ in traceback.walk_tb(seen.__traceback__)]
        parts += [repr(item.f_locals) for item in frames if item.f_code.co_filename.startswith(package)]
        seen = seen.__cause__ or seen.__context__
    return "\n".join(parts)
