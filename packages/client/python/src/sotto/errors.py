"""The errors of this library: `Error`, and a class for each code, so that a job can catch what it can handle."""

from typing import Any, Dict, Mapping, Optional, Type

from .error_table import ERRORS, LOCAL_ERRORS, LOCAL_REASONS

_CLASSES: Dict[str, Type["Error"]] = {}


class Error(Exception):
    """Any failure. Nothing that an agent sent, and no part of a secret, is ever in its text.

    `code`     what happened: the agent's answer, or what this client met itself
    `exit`     the exit status that the command line gives for it
    `hint`     what the user can do next, or None
    `reason`   what exactly this client met, where `code` covers several things, or None
    `details`  numbers and constants that the agent sent beside the code
    `where`    of `Untrusted`: the path at fault and why; else None
    """

    code = "internal"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _CLASSES[cls.code] = cls

    def __init__(
        self,
        reason: Optional[str] = None,
        details: Optional[Mapping[str, Any]] = None,
        where: Optional[str] = None,
    ) -> None:
        exit_status, text, hint = {**ERRORS, **LOCAL_ERRORS}[self.code]
        if reason is not None:
            _code, text, hint = LOCAL_REASONS[reason]
        super().__init__(text if where is None else f"{text} ({where})")
        self.exit = exit_status
        self.hint = hint
        self.reason = reason
        self.details = dict(details or {})
        self.where = where

    @property
    def retry_after(self) -> Optional[float]:
        """Seconds until another attempt makes sense, where the agent said so."""
        milliseconds = self.details.get("retryAfterMs")
        return None if milliseconds is None else milliseconds / 1000

    def __reduce__(self) -> Any:
        return type(self), (self.reason, self.details, self.where)


class BadFrame(Error):
    code = "bad-frame"


class TooLarge(Error):
    code = "too-large"


class BadRequest(Error):
    code = "bad-request"


class UnsupportedVersion(Error):
    code = "unsupported-version"


class Uninitialised(Error):
    code = "uninitialised"


class Locked(Error):
    code = "locked"


class Denied(Error):
    code = "denied"


class NotFound(Error):
    code = "not-found"


class Conflict(Error):
    code = "conflict"


class RateLimited(Error):
    code = "rate-limited"


class Throttled(Error):
    code = "throttled"


class WrongPassphrase(Error):
    code = "wrong-passphrase"


class AuthRequired(Error):
    code = "auth-required"


class VaultDamaged(Error):
    code = "vault-damaged"


class Rollback(Error):
    code = "rollback"


class WeakKdf(Error):
    code = "weak-kdf"


class SaveFailed(Error):
    code = "save-failed"


class AuditFailed(Error):
    code = "audit-failed"


class Busy(Error):
    code = "busy"


class Internal(Error):
    code = "internal"


class Unreachable(Error):
    code = "unreachable"


class TimedOut(Error):
    code = "timeout"


class Untrusted(Error):
    code = "untrusted"


class BadReply(Error):
    code = "bad-reply"


class Aborted(Error):
    code = "aborted"


class BadArgument(Error):
    code = "bad-argument"


class NotDurable(UserWarning):
    """A change is in force and saved, but the folder could not be synced: a power failure could still undo it."""


def error_for(code: str, **more: Any) -> Error:
    """The error of a code."""
    return _CLASSES[code](**more)


def because(reason: str) -> Error:
    """The error for something that this client met itself and can name exactly."""
    return error_for(LOCAL_REASONS[reason][0], reason=reason)


class ProtocolError(Exception):
    """Raised by the decoders, with a code and nothing else; callers see `BadReply` or `BadRequest`."""

    def __init__(self, code: str) -> None:
        super().__init__(ERRORS[code][1])
        self.code = code
