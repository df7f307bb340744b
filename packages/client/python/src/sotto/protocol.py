"""The verbs that this client knows: what their requests and replies hold. PROTOCOL.md has all of them."""

from typing import Any, Dict, Mapping, NamedTuple, Optional

from . import fields as f
from .error_table import ERRORS, RULE_REASONS, VAULT_REASONS
from .errors import ProtocolError
from .limits import (
    MAX_PASSPHRASE_BYTES,
    MAX_PAYLOAD_BYTES,
    MAX_WAIT_MS,
    PROTOCOL_VERSION,
)

STATES = ("uninitialised", "locked", "unlocked")

_SHORT = 256
_MANY = 4096
_COMMON = ("v", "id", "verb")
_count = f.optional(f.nullable(f.integer()))


class Verb(NamedTuple):
    """Fields and longest payload of a request and of its reply, and how long it may take, in seconds."""

    request: Mapping[str, f.Decoder]
    reply: Mapping[str, f.Decoder]
    timeout: float
    payload: int = 0
    reply_payload: int = 0


#: Connecting and verbs that only look something up: an agent that hangs is reported within 3 seconds.
QUICK = 2.5
#: Verbs that derive a key or save the vault, on a slow machine and behind others.
SLOW = 60.0

VERBS: Dict[str, Verb] = {
    "status": Verb(
        request={},
        reply={
            "state": f.one_of(*STATES),
            "pid": f.integer(),
            "version": f.text(_SHORT),
            "protocol": f.integer(),
            "memory": f.one_of("secret", "locked", "weak"),
            "uptimeSeconds": f.integer(),
            "vaultId": f.optional(f.nullable(f.text(_SHORT))),
            "generation": _count,
            "secrets": _count,
            "rules": _count,
            "unlockedAt": _count,
            "unlockedByUid": _count,
            "locksAt": _count,
            "audit": f.optional(f.one_of("ok", "failing")),
            "durability": f.optional(f.one_of("known", "unknown")),
        },
        timeout=QUICK,
    ),
    "wait": Verb(
        request={"timeoutMs": f.integer(1, MAX_WAIT_MS)},
        reply={"state": f.one_of(*STATES)},
        timeout=QUICK,  # beyond the time that it asks for
    ),
    "get": Verb(
        request={"name": f.secret_name, "admin": f.optional(f.flag)},
        reply={"attributes": f.attributes, "version": f.integer(1)},
        timeout=QUICK,
        payload=MAX_PASSPHRASE_BYTES,
        reply_payload=MAX_PAYLOAD_BYTES,
    ),
    "list": Verb(
        request={
            "prefix": f.optional(f.secret_name),
            "all": f.optional(f.flag),
            "after": f.optional(f.secret_name),
        },
        reply={"names": f.list_of(f.secret_name, _MANY), "more": f.flag},
        timeout=QUICK,
    ),
    "set": Verb(
        request={
            "name": f.secret_name,
            "attributes": f.optional(f.attributes),
            "ifVersion": f.optional(f.integer()),
        },
        reply={"durable": f.flag, "version": f.integer(1)},
        timeout=SLOW,
        payload=MAX_PAYLOAD_BYTES,
    ),
    "remove": Verb(request={"name": f.secret_name}, reply={"durable": f.flag}, timeout=SLOW),
    "auth": Verb(
        request={"recovery": f.optional(f.flag)},
        reply={"slot": f.text(_SHORT)},
        timeout=SLOW,
        payload=MAX_PASSPHRASE_BYTES,
    ),
}

_ERROR_DETAILS = {
    "retryAfterMs": f.optional(f.integer()),
    "supported": f.optional(f.list_of(f.integer(), _SHORT)),
    "reason": f.optional(f.one_of(*VAULT_REASONS, *RULE_REASONS)),
    "needsVersion": f.optional(f.integer()),
}


class Reply(NamedTuple):
    """A decoded reply. `error` is None for a success."""

    id: Optional[int]
    error: Optional[str]
    #: The fields of the verb, or what goes with the error.
    fields: Dict[str, Any]


def check_request(header: Mapping[str, Any], payload_length: int) -> None:
    """Raises what an agent would answer to a request of a verb that this client knows."""
    if header.get("v") != PROTOCOL_VERSION or type(header["v"]) is not int:
        raise ProtocolError("unsupported-version" if type(header.get("v")) is int else "bad-request")
    verb = header.get("verb")
    f.integer()(header.get("id"))
    if not isinstance(verb, str) or verb not in VERBS:
        raise ProtocolError("bad-request")
    known = VERBS[verb]
    if not set(header) <= {*_COMMON, *known.request}:
        raise ProtocolError("bad-request")
    f.decode_fields(header, known.request)
    if payload_length > known.payload:
        raise ProtocolError("too-large")


def decode_reply(verb: str, header: Mapping[str, Any], payload_length: int) -> Reply:
    """Decodes the reply to a request of `verb`. Fields that are not known are passed over. Raises `ProtocolError`."""
    reply_id = f.nullable(f.integer())(header.get("id", f.MISSING))
    if header.get("ok") is True:
        if payload_length > VERBS[verb].reply_payload:
            raise ProtocolError("bad-frame")
        return Reply(reply_id, None, f.decode_fields(header, VERBS[verb].reply))
    code = header.get("error")
    if header.get("ok") is not False or not isinstance(code, str) or code not in ERRORS or payload_length > 0:
        raise ProtocolError("bad-frame")
    return Reply(reply_id, code, f.decode_fields(header, _ERROR_DETAILS))
