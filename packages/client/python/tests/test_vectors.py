"""The vectors of frames, as test/vectors/frames/README.md describes them, for what this client can read."""

import json
import unittest
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple, Tuple

from sotto.errors import ProtocolError
from sotto.frame import read_exactly, read_header
from sotto.limits import PREFIX_BYTES
from sotto.protocol import VERBS, check_request

FOLDERS = [parent / "test" / "vectors" / "frames" for parent in Path(__file__).resolve().parents]
KEYS = {"expect", "why", "behaviour", "id", "verb", "fields"}


class Vector(NamedTuple):
    name: str
    keys: Dict[str, str]
    data: bytes

    @property
    def expect(self) -> str:
        return self.keys["expect"]


def load(path: Path) -> Vector:
    head, _, digits = path.read_text("utf-8").partition("\n\n")
    keys = dict(line.split(": ", 1) for line in head.split("\n"))
    assert set(keys) <= KEYS and digits, path.name
    return Vector(path.name, keys, bytes.fromhex("".join(line.split("#")[0] for line in digits.split("\n"))))


VECTORS = [load(path) for folder in FOLDERS for path in sorted(folder.glob("*.txt"))]


def reader(data: bytes, step: int) -> Callable[[memoryview], int]:
    """Gives `data` in pieces of at most `step` bytes."""
    at = 0

    def read(target: memoryview) -> int:
        nonlocal at
        piece = data[at : at + min(step, len(target))]
        target[: len(piece)] = piece
        at += len(piece)
        return len(piece)

    return read


#: Verbs of the protocol that this client does not know: it reads their frames, and cannot judge their fields.
FOREIGN = {vector.keys["verb"] for vector in VECTORS if vector.expect == "accept"} - set(VERBS)
Frames = List[Tuple[Dict[str, Any], bytearray]]


def read_frames(data: bytes, step: int) -> Tuple[str, Frames]:
    """What the frames come to, `foreign` where a verb decides that this client does not know; headers and payloads."""
    read, frames, left = reader(data, step), [], len(data)
    while left > 0:
        try:
            header, length = read_header(read)
            if header.get("verb") in list(FOREIGN):
                return "foreign", [(header, bytearray(data[len(data) - length :]))]
            check_request(header, length)
        except ProtocolError as error:
            return error.code, frames
        payload = bytearray(length)
        read_exactly(read, memoryview(payload))
        frames.append((header, payload))
        left -= PREFIX_BYTES + int.from_bytes(data[:4], "big") + length
    return "accept", frames


@unittest.skipUnless(VECTORS, "the vectors are not here: this is not a checkout of Sotto")
class Vectors(unittest.TestCase):
    def test_most_are_judged(self) -> None:
        judged = [vector for vector in VECTORS if read_frames(vector.data, len(vector.data))[0] != "foreign"]
        self.assertGreater(len(judged), 110)
        expectations = {"accept", "bad-frame", "bad-request", "too-large", "unsupported-version"}
        self.assertEqual({vector.expect for vector in judged}, expectations)

    def test_each_as_it_says_whole_and_byte_by_byte(self) -> None:
        for vector in VECTORS:
            for step in (len(vector.data), 1):
                with self.subTest(vector.name, step=step):
                    self.check(vector, *read_frames(vector.data, step))

    def check(self, vector: Vector, outcome: str, frames: Frames) -> None:
        if outcome != "foreign":
            self.assertEqual(outcome, vector.expect)
        if vector.expect != "accept":
            return
        ((header, payload),) = frames
        fields = {key: one for key, one in header.items() if key not in ("v", "id", "verb")}
        self.assertEqual(header["id"], json.loads(vector.keys["id"]))
        self.assertEqual(header["verb"], vector.keys["verb"])
        self.assertEqual(fields, json.loads(vector.keys["fields"]))
        self.assertTrue(vector.data.endswith(bytes(payload)))
