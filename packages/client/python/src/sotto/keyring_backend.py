"""A backend of the `keyring` package, which finds it by its entry point: keyring's passwords, in Sotto.

Where they are kept, stands in keyring_names.py. keyring hands passwords over as strings, which nobody can wipe.
"""

from contextlib import contextmanager
from typing import Any, Dict, Iterator, Optional, Type

from keyring import backend, credentials, errors

from .buffers import wipe
from .client import Client
from .errors import Denied, Error, NotFound
from .fields import is_text
from .keyring_names import from_segment, secret_name, to_segment
from .limits import MAX_ATTRIBUTE_BYTES
from .paths import socket_path
from .platform import system
from .secret_value import Secret


class _Priority:
    """A property of the class: newer keyrings have one of their own, which older ones lack."""

    def __get__(self, instance: Any, owner: Any = None) -> float:
        try:
            system.check(socket_path())
        except Error as error:
            raise RuntimeError(str(error)) from None
        return 2  # before files, after the keyring of a desktop, which is the person's own


class SottoKeyring(backend.KeyringBackend):
    """Passwords as secrets `keyring/SERVICE/USER`.

    Jobs read by a rule (`agent grant "keyring/**" --user backup`), and write by one with `--may get,set`; an
    administrator who gave the passphrase in this login session lately may write and delete without.
    """

    priority: Any = _Priority()
    #: The first segment of the names; keyring sets it from KEYRING_PROPERTY_PREFIX.
    prefix = "keyring"

    def get_password(self, service: str, username: str) -> Optional[str]:
        """None where there is no such password, or no rule for this process: an agent does not tell which."""
        with _keyring_errors(errors.KeyringError), Client() as client:
            return self._read(client, self._name(service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        value = bytearray(password, "utf-8")
        try:
            with _keyring_errors(errors.PasswordSetError), Client() as client:
                client.store(self._name(service, username), value, attributes=_attributes(service, username))
        finally:
            wipe(value)

    def delete_password(self, service: str, username: str) -> None:
        with _keyring_errors(errors.PasswordDeleteError), Client() as client:
            client.remove(self._name(service, username))

    def get_credential(self, service: str, username: Optional[str]) -> Optional[credentials.Credential]:
        """With `username` None: the first of the service's, by name, that this process may fetch."""
        if username is not None:
            password = self.get_password(service, username)
            return None if password is None else credentials.SimpleCredential(username, password)
        with _keyring_errors(errors.KeyringError), Client() as client:
            for name in client.names(f"{self.prefix}/{to_segment(service)}"):
                found = _credential(client, name)
                if found is not None:
                    return found
        return None

    def _name(self, service: str, username: str) -> str:
        return secret_name(self.prefix, service, username)

    def _read(self, client: Client, name: str) -> Optional[str]:
        try:
            with client.get(name) as secret:
                return _text(secret)
        except Denied:
            return None


def _credential(client: Client, name: str) -> Optional[credentials.Credential]:
    """None where the user cannot be told: a long name that something else than this backend has stored."""
    try:
        with client.get(name) as secret:
            username = from_segment(name.rsplit("/", 1)[-1])
            if username is None:
                username = secret.attributes.get("username")
            return None if username is None else credentials.SimpleCredential(username, _text(secret))
    except (Denied, NotFound):
        return None


def _text(secret: Secret) -> str:
    try:
        return secret.text()
    except ValueError:
        raise errors.KeyringError("the value is no text") from None


def _attributes(service: str, username: str) -> Dict[str, str]:
    """What people see with `agent show`, where it may be an attribute."""
    wanted = {"service": service, "username": username}
    return {key: value for key, value in wanted.items() if value and is_text(value, MAX_ATTRIBUTE_BYTES)}


@contextmanager
def _keyring_errors(kind: Type[Exception]) -> Iterator[None]:
    """Turns our errors into keyring's: `KeyringLocked` where an administrator must unlock first, else `kind`."""
    try:
        yield
    except Error as error:
        text = str(error) if error.hint is None else f"{error}: {error.hint}"
        locked = error.code in ("locked", "uninitialised")
        raise (errors.KeyringLocked if locked else kind)(text) from error
