"""A secret is wiped on every way out, and cannot be printed, pickled, copied or resized."""

import copy
import pickle
import unittest

import sotto

CANARY = b"canary-hunter2"


def made(value: bytes = CANARY) -> sotto.Secret:
    return sotto.Secret("bank/login", {"username": "batch"}, 3, bytearray(value))


class Secrets(unittest.TestCase):
    def test_zeros_when_the_block_ends(self) -> None:
        with made() as secret:
            held = secret.bytes
            self.assertEqual((held, secret.text(), secret.version), (CANARY, CANARY.decode(), 3))
            self.assertIs(secret.bytes, held)
        self.assertEqual(held, bytes(len(CANARY)))

    def test_zeros_after_an_exception(self) -> None:
        held = bytearray()
        with self.assertRaises(KeyboardInterrupt), made() as secret:
            held = secret.bytes
            raise KeyboardInterrupt
        self.assertEqual(held, bytes(len(CANARY)))

    def test_zeros_when_it_is_dropped(self) -> None:
        secret = made()
        held = secret.bytes
        del secret
        self.assertEqual(held, bytes(len(CANARY)))

    def test_of_no_use_afterwards(self) -> None:
        secret = made()
        secret.close()
        secret.close()
        with self.assertRaises(sotto.BadArgument) as caught:
            secret.bytes
        self.assertEqual(caught.exception.reason, "disposed")
        with self.assertRaises(sotto.BadArgument), secret:
            pass

    def test_no_printable_form(self) -> None:
        secret = made()
        for form in (repr(secret), str(secret), f"{secret}", "%s" % secret, repr([secret]), repr({"a": secret})):
            self.assertNotIn("canary", form)
        self.assertEqual(repr(secret), "<sotto.Secret 'bank/login', version 3>")
        with self.assertRaises(TypeError):
            bytes(secret)  # type: ignore[call-overload]

    def test_no_pickle_and_no_copy(self) -> None:
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            with self.assertRaises(TypeError):
                pickle.dumps(made(), protocol)
        for copied in (copy.copy, copy.deepcopy):
            with self.assertRaises(TypeError):
                copied(made())

    def test_no_other_size(self) -> None:
        """A bytearray that grows may move, and leave its old bytes behind."""
        with made() as secret:
            for change in (lambda: secret.bytes.extend(b"x"), lambda: secret.bytes.clear(), lambda: secret.bytes.pop()):
                with self.assertRaises(BufferError):
                    change()

    def test_what_is_no_text(self) -> None:
        with self.assertRaises(ValueError) as caught, made(CANARY + b"\xff") as secret:
            secret.text()
        self.assertNotIsInstance(caught.exception, UnicodeError)
        self.assertIsNone(caught.exception.__context__)

    def test_attributes_cannot_be_changed(self) -> None:
        with self.assertRaises(TypeError):
            made().attributes["username"] = "x"  # type: ignore[index]

    def test_an_empty_value(self) -> None:
        with made(b"") as secret:
            self.assertEqual(secret.bytes, b"")
