import random
import unittest

from sotto.keyring_names import from_segment, secret_name, to_segment
from sotto.names import is_secret_name

ALPHABET = "ab0e_-.:/A \u00e9\n\0h\ud800\U0001f511"


class Names(unittest.TestCase):
    def test_examples(self) -> None:
        examples = {
            "github.com": "github.com",
            "https://example.org/Upload/": "https_3a_2f_2fexample.org_2f_55pload_2f",
            "Batch": "0__e_42atch",
            "jos\u00e9@example.com": "jos_c3_a9_40example.com",
            "": "0__e",
            "constructor": "0__econstructor",
            "a..b": "a._2eb",
            "a-": "a_2d",
            "0__e": "0_5f_5fe",
        }
        for text, segment in examples.items():
            with self.subTest(text):
                self.assertEqual(to_segment(text), segment)
                self.assertEqual(from_segment(segment), text)

    def test_any_text_has_a_name_of_its_own_that_can_be_read_back(self) -> None:
        dice, seen = random.Random(5), {}
        for _ in range(20_000):
            text = "".join(dice.choice(ALPHABET) for _ in range(dice.choice((0, 1, 2, 3, 4, 10, 30, 200))))
            segment = to_segment(text)
            self.assertTrue(is_secret_name(secret_name("keyring", text, text)), repr(text))
            self.assertEqual(seen.setdefault(segment, text), text)
            self.assertEqual(from_segment(segment), None if segment.startswith("0__h") else text)

    def test_what_it_does_not_make_is_not_read(self) -> None:
        for segment in ("a_", "a_4", "a_61", "0__ex", "a_c3", "constructor", "0__h", "a_4G"):
            self.assertIsNone(from_segment(segment), segment)
