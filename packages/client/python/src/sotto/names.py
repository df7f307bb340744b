"""Names of secrets. Nothing is folded or normalised: what is not a name is refused."""

import re

from .limits import MAX_NAME_BYTES

_SEGMENT = r"[a-z0-9](?:[a-z0-9_.-]{0,62}[a-z0-9])?"
_NAME = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT}){{0,7}}")


def is_secret_name(value: object) -> bool:
    """True for one to eight segments of `a-z 0-9 _ . -`, none of them `constructor`, no `..`, at most 255 bytes."""
    if not isinstance(value, str) or len(value) > MAX_NAME_BYTES or ".." in value:
        return False
    return _NAME.fullmatch(value) is not None and "constructor" not in value.split("/")
