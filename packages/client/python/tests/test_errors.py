import pickle
import unittest

import sotto
from sotto import errors
from sotto.error_table import ERRORS, LOCAL_ERRORS, LOCAL_REASONS


class Errors(unittest.TestCase):
    def test_a_class_for_each_code(self) -> None:
        made = {code: errors.error_for(code) for code in {**ERRORS, **LOCAL_ERRORS}}
        for code, error in made.items():
            with self.subTest(code):
                self.assertEqual(error.code, code)
                self.assertIsInstance(error, sotto.Error)
                self.assertIs(getattr(sotto, type(error).__name__), type(error))
        self.assertEqual(len({type(error) for error in made.values()}), len(made))

    def test_reasons_belong_to_a_code(self) -> None:
        for reason, (code, text, hint) in LOCAL_REASONS.items():
            error = errors.because(reason)
            self.assertEqual((error.code, str(error), error.hint, error.reason), (code, text, hint, reason))

    def test_what_it_says(self) -> None:
        error = errors.error_for("rate-limited", details={"retryAfterMs": 1500})
        self.assertEqual((error.exit, error.retry_after), (11, 1.5))
        self.assertEqual(str(error), "the rule allows no more fetches for now")
        self.assertIsNone(errors.error_for("denied").retry_after)

    def test_pickled(self) -> None:
        error = pickle.loads(pickle.dumps(errors.error_for("untrusted", where="/tmp belongs to another user")))
        self.assertIsInstance(error, sotto.Untrusted)
        self.assertEqual((error.where, error.exit), ("/tmp belongs to another user", 6))
