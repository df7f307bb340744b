"""What is done with memory that holds something secret."""


def wipe(data: bytearray) -> None:
    """Fills bytes with 0. For every buffer that held a secret, as soon as it was used."""
    with memoryview(data) as view:
        view[:] = bytes(len(view))


def copy_of(source: bytearray, length: int) -> bytearray:
    """The first `length` bytes, in a buffer of their own.

    From view to view: `target[:] = source` would make a bytearray in between when it gets anything but a bytearray, and
    `source[:length]` one that nobody wipes.
    """
    target = bytearray(length)
    with memoryview(source) as whole, whole[:length] as part, memoryview(target) as view:
        view[:] = part
    return target
