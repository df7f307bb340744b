"""One connection to an agent: a request, its reply, and so on in turn. Whatever goes wrong ends it."""

from typing import Any, Dict, Mapping, Optional, Tuple

from .errnos import from_errno
from .errors import Error, ProtocolError, TimedOut, because, error_for
from .frame import encode_head, read_header, read_payload
from .limits import PROTOCOL_VERSION
from .platform import system
from .platform.interface import Stream
from .protocol import Reply, check_request, decode_reply

#: After these the agent closes.
_LAST_WORDS = ("bad-frame", "too-large")


class Connection:
    """Not for several threads at once."""

    def __init__(self, path: str, deadline: float) -> None:
        """Judges the path and connects, until `deadline` on `time.monotonic()`. Sends nothing."""
        self._last_id = 0
        self._stream: Optional[Stream] = system.connect(path, deadline)

    def request(
        self, verb: str, fields: Mapping[str, Any], payload: Any, deadline: float
    ) -> Tuple[Dict[str, Any], bytearray]:
        """Sends a request and reads its reply. The caller wipes both payloads.

        Raises an `Error`: the agent's code, `Unreachable`, `TimedOut` or `BadReply`. What the agent would refuse in any
        case (`BadRequest`, `TooLarge`) is not sent.
        """
        with memoryview(b"" if payload is None else payload).cast("B") as view:
            head = self._head(verb, fields, len(view))
            try:
                reply, value = self._exchange(verb, head, view, deadline)
            except BaseException:
                self.close()
                raise
        if reply.error is None:
            return reply.fields, value
        if reply.id is None or reply.error in _LAST_WORDS:
            self.close()
        raise error_for(reply.error, details=reply.fields)

    def close(self) -> None:
        """May be called again."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def _head(self, verb: str, fields: Mapping[str, Any], payload_length: int) -> bytes:
        self._last_id += 1
        header = {"v": PROTOCOL_VERSION, "id": self._last_id, "verb": verb}
        header.update((key, value) for key, value in fields.items() if value is not None)
        try:
            check_request(header, payload_length)
            return encode_head(header, payload_length)
        except ProtocolError as error:
            code = error.code
        raise error_for(code)

    def _exchange(self, verb: str, head: bytes, payload: memoryview, deadline: float) -> Tuple[Reply, bytearray]:
        try:
            self._send(head, deadline)
            self._send(payload, deadline)
            return self._receive(verb, deadline)
        except ProtocolError:
            problem: Error = error_for("bad-reply")
        except TimeoutError:
            problem = TimedOut()
        except EOFError:
            problem = because("closed")
        except OSError as error:
            problem = from_errno(error)
        # Raised here and not above: the frames of what was caught, and what it had read, are not to hang on to it.
        raise problem

    def _send(self, data: Any, deadline: float) -> None:
        """Sends from where the bytes lie."""
        sent = 0
        with memoryview(data) as view:
            while sent < len(view):
                with view[sent:] as rest:
                    try:
                        sent += self._open().send(rest, deadline)
                    except (BrokenPipeError, ConnectionResetError):
                        return  # it has closed: what it said before that, such as `busy`, is still to be read

    def _receive(self, verb: str, deadline: float) -> Tuple[Reply, bytearray]:
        def read(target: memoryview) -> int:
            return self._open().recv_into(target, deadline)

        header, payload_length = read_header(read)
        reply = decode_reply(verb, header, payload_length)
        if reply.id != self._last_id and not (reply.id is None and reply.error is not None):
            raise ProtocolError("bad-frame")
        return reply, read_payload(read, payload_length)

    def _open(self) -> Stream:
        if self._stream is None:
            raise because("closed")
        return self._stream
