"""An agent that answers nonsense: a typed error, and nothing of what it sent in anything that the error carries."""

import gc
import random
import socket
import unittest
from typing import Any, Dict, List, Set, Tuple

import msgpack

import sotto
from tests.support import FakeAgent, everything_of, failure, frame, frame_of, value

CANARY = "canary-hunter2"
PAYLOAD = CANARY.encode()
GOOD: Dict[str, Any] = {"id": 1, "ok": True, "attributes": {"username": CANARY}, "version": 3}


def but(**changes: Any) -> bytes:
    """The good reply with fields changed; None leaves one out."""
    fields = {key: one for key, one in {**GOOD, **changes}.items() if one is not None}
    return frame(fields, PAYLOAD)


NONSENSE: List[Tuple[str, bytes]] = [
    ("another id", but(id=2)),
    ("an id of nil with a success", frame({**GOOD, "id": None}, PAYLOAD)),
    ("no id", but(id=None)),
    ("an id that is true", but(id=True)),
    ("text", b"HTTP/1.1 200 OK\r\n\r\n" + PAYLOAD),
    ("a header of no bytes", bytes(8) + PAYLOAD),
    ("a header of 4 GiB", bytes.fromhex("ffffffff00000000") + PAYLOAD),
    ("a payload of 4 GiB", bytes.fromhex("00000001ffffffff") + PAYLOAD),
    ("a payload above 1 MiB", bytes.fromhex("0000000100100001") + PAYLOAD),
    ("a map cut off", frame_of(msgpack.packb(GOOD)[:-1], PAYLOAD)),
    ("a byte too many", frame_of(msgpack.packb(GOOD) + PAYLOAD, PAYLOAD)),
    ("an ext type", frame_of(bytes.fromhex("81a178d40000"), PAYLOAD)),
    ("a binary string", frame({**GOOD, "attributes": {"username": PAYLOAD}}, PAYLOAD)),
    ("a float", but(version=3.0)),
    ("a duplicate key", frame_of(bytes.fromhex("82a2696401a2696401"), PAYLOAD)),
    ("a key of a prototype", frame_of(bytes.fromhex("81a95f5f70726f746f5f5f80"), PAYLOAD)),
    ("invalid UTF-8", frame_of(bytes.fromhex("81a178a1ff"), PAYLOAD)),
    ("an array", frame_of(bytes.fromhex("9101"), PAYLOAD)),
    ("depth 9", frame_of(bytes.fromhex("81a178" + "91" * 8 + "c0"), PAYLOAD)),
    ("a huge integer", but(version=2**53)),
    ("no version", but(version=None)),
    ("version 0", but(version=0)),
    ("a version of text", but(version=CANARY)),
    ("attributes of text", but(attributes=CANARY)),
    ("a control character in an attribute", but(attributes={"a": f"\u001b{CANARY}"})),
    ("33 attributes", but(attributes={f"a{at}": CANARY for at in range(33)})),
    ("`ok` of text", but(ok=CANARY)),
    ("`ok` of 1", but(ok=1)),
    ("an unknown code", failure(1, CANARY)),
    ("a local code", failure(1, "untrusted")),
    ("a failure with a payload", frame({"id": 1, "ok": False, "error": "denied"}, PAYLOAD)),
    ("a failure with free text", failure(1, "vault-damaged", reason=CANARY)),
]


class Hostile(unittest.TestCase):
    def check_nothing_kept(self, error: BaseException) -> None:
        self.assertNotIn("canary", everything_of(error))
        kept = [one for one in gc.get_objects() if isinstance(one, sotto.Secret)]
        self.assertEqual(kept, [])

    def test_nonsense_is_a_bad_reply(self) -> None:
        for what, data in NONSENSE:
            with self.subTest(what), FakeAgent(lambda *_: data) as agent:  # noqa: B023 - called within the loop
                with sotto.Client(agent.path) as client:
                    with self.assertRaises(sotto.BadReply) as caught:
                        client.get("a", timeout=5)
                    self.assertEqual((caught.exception.code, caught.exception.exit), ("bad-reply", 1))
                    self.check_nothing_kept(caught.exception)
                    with self.assertRaises(sotto.Unreachable):
                        client.get("b")

    def test_a_payload_where_there_is_none(self) -> None:
        with FakeAgent(lambda *_: frame({"id": 1, "ok": True, "state": "locked"}, PAYLOAD)) as agent:
            with sotto.Client(agent.path) as client, self.assertRaises(sotto.BadReply):
                client.wait(1)

    def test_cut_off_anywhere(self) -> None:
        whole = but()
        for end in range(len(whole)):
            with self.subTest(end=end), FakeAgent(self.ends_with(whole[:end])) as agent:
                with self.assertRaises(sotto.Unreachable) as caught:
                    sotto.secret("a", socket=agent.path, timeout=5)
                self.assertEqual(caught.exception.reason, "closed")
                self.check_nothing_kept(caught.exception)

    def test_silent_in_the_middle(self) -> None:
        with FakeAgent(lambda *_: but()[:-1]) as agent:
            with self.assertRaises(sotto.TimedOut) as caught:
                sotto.secret("a", socket=agent.path, timeout=0.3)
            self.check_nothing_kept(caught.exception)

    def test_random_changes(self) -> None:
        whole, outcomes = but(), set()  # type: Tuple[bytes, Set[str]]
        dice = random.Random(4)
        changed = bytearray()
        with FakeAgent(lambda _request, peer: self.ends_with(bytes(changed))(_request, peer)) as agent:
            for _ in range(500):
                changed[:] = whole
                for _ in range(dice.randrange(5)):
                    changed[dice.randrange(len(whole))] = dice.randrange(256)
                try:
                    sotto.secret("a", socket=agent.path, timeout=5).close()
                    outcomes.add("a value")
                except sotto.Error as error:
                    self.check_nothing_kept(error)
                    outcomes.add(error.code)
        self.assertLessEqual({"a value", "bad-reply", "unreachable"}, outcomes)

    def test_a_value_survives_as_sent(self) -> None:
        with FakeAgent(lambda request, _: value(request["id"], bytes(range(256)))) as agent:
            with sotto.secret("a", socket=agent.path) as secret:
                self.assertEqual(secret.bytes, bytes(range(256)))

    def ends_with(self, data: bytes) -> Any:
        def answer(_request: Any, peer: socket.socket) -> None:
            peer.sendall(data)
            peer.shutdown(socket.SHUT_RDWR)

        return answer
