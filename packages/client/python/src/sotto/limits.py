"""Limits of the wire protocol, as PROTOCOL.md has them. Lengths are in bytes."""

PROTOCOL_VERSION = 1
#: Before the header: its length and that of the payload, four bytes each, the most significant first.
PREFIX_BYTES = 8
MAX_HEADER_BYTES = 16 * 1024
#: The longest payload: the longest value of a secret.
MAX_PAYLOAD_BYTES = 1024 * 1024
#: Longest passphrase or token.
MAX_PASSPHRASE_BYTES = 1024
#: The longest line that is asked for: what a terminal of Linux gives (termios(3), canonical mode).
MAX_LINE_BYTES = 4096
#: Deepest nesting of a header; the header's map is depth 1.
MAX_DEPTH = 8
#: Integers of a header are at most this far from 0.
MAX_INTEGER = 2**53 - 1
MAX_NAME_BYTES = 255
MAX_ATTRIBUTES = 32
MAX_ATTRIBUTE_KEY = 64
MAX_ATTRIBUTE_BYTES = 1024
MAX_ATTRIBUTES_BYTES = 8 * 1024
#: Longest `wait` of one request, in milliseconds.
MAX_WAIT_MS = 600_000
#: Longest path of a socket: the kernel's limit is 108 and some libraries cut off silently before it.
MAX_SOCKET_PATH = 100
