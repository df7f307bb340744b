"""What is sent, what is refused before, and how answers, deadlines and waiting work out; against a fake agent."""

import socket
import threading
import time
import unittest
from typing import Any, Dict

import sotto
from tests.support import FakeAgent, failure, frame, value


class Requests(unittest.TestCase):
    def ask(self, reply: Any, act: Any) -> Dict[str, Any]:
        """What an agent hears when `act` is done with a client of it."""
        with FakeAgent(reply) as agent:
            with sotto.Client(agent.path) as client:
                act(client)
            return agent.received[0]

    def test_get(self) -> None:
        heard = self.ask(lambda r, _: value(r["id"], b"v"), lambda client: client.get("db/password").close())
        self.assertEqual(heard, {"v": 1, "id": 1, "verb": "get", "name": "db/password", "payload": b""})

    def test_get_with_a_token_as_an_administrator(self) -> None:
        token = bytearray(b"the-token")
        act = lambda client: client.get("a", token=token, admin=True).close()  # noqa: E731
        heard = self.ask(lambda r, _: value(r["id"], b"v"), act)
        self.assertEqual((heard["payload"], heard["admin"]), (b"the-token", True))
        self.assertEqual(token, b"the-token")

    def test_store(self) -> None:
        def reply(request: Any, _: Any) -> bytes:
            return frame({"id": request["id"], "ok": True, "durable": False, "version": 4})

        def act(client: sotto.Client) -> None:
            with self.assertWarns(sotto.NotDurable):
                self.assertEqual(client.store("a", memoryview(b"abc"), attributes={"k": "v"}, if_version=3), 4)

        heard = self.ask(reply, act)
        fields = {"verb": "set", "name": "a", "attributes": {"k": "v"}, "ifVersion": 3}
        self.assertEqual(heard, {"v": 1, "id": 1, **fields, "payload": b"abc"})

    def test_not_even_sent(self) -> None:
        with FakeAgent(lambda *_: None) as agent, sotto.Client(agent.path) as client:
            for name in ("", "A", "a//b", "a/**", "x" * 65, None, 5, "a\n", "constructor", "a..b"):
                with self.assertRaises(sotto.BadRequest):
                    client.get(name)  # type: ignore[arg-type]
            with self.assertRaises(sotto.TooLarge):
                client.get("a", token=bytes(1025))
            with self.assertRaises(sotto.TooLarge):
                client.store("a", bytes(1024 * 1024 + 1))
            for attributes in ({"k": "\n"}, {"k": "\ud800"}, {"": "v"}, {"k": 5}, {"k y": "v"}):
                with self.assertRaises(sotto.BadRequest):
                    client.store("a", b"", attributes=attributes)  # type: ignore[arg-type]
            with self.assertRaises(TypeError):
                client.store("a", "a string")
            self.assertEqual(agent.received, [])

    def test_a_failure_leaves_the_connection(self) -> None:
        def reply(request: Any, _: Any) -> bytes:
            return failure(1, "denied") if request["id"] == 1 else value(request["id"], b"v")

        with FakeAgent(reply) as agent, sotto.Client(agent.path) as client:
            with self.assertRaises(sotto.Denied):
                client.get("a")
            client.get("a").close()

    def test_names_page_by_page(self) -> None:
        def reply(request: Any, _: Any) -> bytes:
            first = "after" not in request
            names = ["k/a", "k/b"] if first else ["k/c"]
            return frame({"id": request["id"], "ok": True, "names": names, "more": first})

        with FakeAgent(reply) as agent, sotto.Client(agent.path) as client:
            self.assertEqual(list(client.names("k")), ["k/a", "k/b", "k/c"])
            self.assertEqual(agent.received[1]["after"], "k/b")

    def test_busy_before_anything_was_asked(self) -> None:
        def greet(peer: socket.socket) -> None:
            peer.sendall(failure(None, "busy"))
            peer.close()

        with FakeAgent(lambda *_: None, greet) as agent:
            with self.assertRaises(sotto.Busy):
                sotto.store("a", bytes(1_000_000), socket=agent.path)


class Time(unittest.TestCase):
    def test_an_agent_that_hangs(self) -> None:
        with FakeAgent(lambda *_: None) as agent:
            began = time.monotonic()
            with self.assertRaises(sotto.TimedOut) as caught:
                sotto.secret("a", socket=agent.path)
            self.assertLess(time.monotonic() - began, 5)
            self.assertEqual(caught.exception.exit, 5)

    def test_an_agent_that_takes_nothing_more(self) -> None:
        hold = threading.Event()
        with FakeAgent(lambda *_: None, lambda _: hold.wait()) as agent:
            with self.assertRaises(sotto.TimedOut):
                sotto.store("a", bytes(1_000_000), timeout=0.3, socket=agent.path)
            hold.set()

    def test_waits_while_locked(self) -> None:
        answers = iter(("locked", "wait", "value"))

        def reply(request: Any, _: Any) -> bytes:
            answer = next(answers)
            if answer == "wait":
                return frame({"id": request["id"], "ok": True, "state": "unlocked"})
            return failure(request["id"], "locked") if answer == "locked" else value(request["id"], b"v")

        with FakeAgent(reply) as agent:
            sotto.secret("a", socket=agent.path, wait=30).close()
            self.assertEqual([one["verb"] for one in agent.received], ["get", "wait", "get"])

    def test_waits_no_longer_than_told(self) -> None:
        began = time.monotonic()
        with self.assertRaises(sotto.Unreachable):
            sotto.secret("a", socket="/nowhere/agent.sock", wait=0.5)
        self.assertGreaterEqual(time.monotonic() - began, 0.5)
        self.assertLess(time.monotonic() - began, 5)

    def test_does_not_wait_for_what_waiting_does_not_mend(self) -> None:
        with FakeAgent(lambda request, _: failure(request["id"], "denied")) as agent:
            began = time.monotonic()
            with self.assertRaises(sotto.Denied):
                sotto.secret("a", socket=agent.path, wait=30)
            self.assertLess(time.monotonic() - began, 10)
