"""The part for Windows, against a Windows in memory: whom it trusts, its names, time limits, and what it leaves behind."""

import ctypes
import hashlib
import os
import subprocess
import sys
import time
import unittest
from typing import Any, Optional, Tuple
from unittest import mock

import sotto
from sotto.connection import Connection
from tests import fake_windows as fake
from tests.fake_windows import ADMINISTRATORS, DENY, ON, OWN, STRANGER, SYSTEM
from tests.support import failure, value

PIPE = r"\\.\pipe\sotto-test"


class OnWindows(unittest.TestCase):
    def setUp(self) -> None:
        fake.install()
        self.addCleanup(fake.uninstall)
        from sotto.platform import windows

        self.windows = windows
        self.there = fake.fresh()
        windows.own_identity.cache_clear()

    def soon(self, seconds: float = 5) -> float:
        return time.monotonic() + seconds

    def connected(self, seconds: float = 5) -> Connection:
        with mock.patch("sotto.connection.system", self.windows):
            return Connection(PIPE, self.soon(seconds))

    def ask(self, payload: Any = None, seconds: float = 5) -> Tuple[Any, bytearray]:
        connection = self.connected()
        try:
            return connection.request("get", {"name": "a"}, payload, self.soon(seconds))
        finally:
            connection.close()

    def check_nothing_left(self) -> None:
        self.assertEqual((self.there.handles, self.there.allocated, self.there.pending), (set(), 0, None))


class Whom(OnWindows):
    def judge(self) -> Optional[sotto.Error]:
        try:
            self.windows.connect(PIPE, self.soon()).close()
        except sotto.Error as error:
            return error
        finally:
            self.check_nothing_left()
            self.assertEqual(self.there.written, b"")
        return None

    def test_owner_and_server(self) -> None:
        trusted = (SYSTEM, ADMINISTRATORS, OWN)
        for owner in (*trusted, STRANGER, None):
            for server in (*trusted, STRANGER):
                self.there.owner, self.there.sids[2] = owner, server
                error = self.judge()
                with self.subTest(owner=owner, server=server):
                    if owner in trusted and server in trusted:
                        self.assertIsNone(error)
                        continue
                    self.assertIsInstance(error, sotto.Untrusted)
                    why = f"is served by {server}" if owner in trusted else f"belongs to {owner or 'nobody'}"
                    self.assertEqual((error.exit, error.where), (6, f"{PIPE} {why}"))

    def test_a_server_that_may_not_be_looked_at_is_known_by_the_owner(self) -> None:
        self.there.server_error = fake.DENIED
        self.assertIsNone(self.judge())
        self.there.owner = STRANGER
        self.assertIsInstance(self.judge(), sotto.Untrusted)

    def test_a_server_that_is_gone(self) -> None:
        self.there.server_error = fake.GONE
        error = self.judge()
        self.assertEqual((error.code, error.exit), ("unreachable", 5))

    def test_the_server_may_identify_us_and_not_act_as_us(self) -> None:
        self.judge()
        opened = self.there.named("CreateFileW")[0]
        self.assertEqual(opened, (PIPE, 0x120183, 0, None, 3, 0x40000000 | 0x100000 | 0x10000, None))

    def test_what_cannot_be_opened(self) -> None:
        for number, reason in ((fake.NOT_FOUND, "absent"), (fake.DENIED, "forbidden"), (53, None)):
            self.there.opens = [number]
            error = self.judge()
            self.assertEqual((error.code, error.reason, error.exit), ("unreachable", reason, 5))

    def test_what_is_no_pipe(self) -> None:
        for path in (r"C:\sotto", r"\\server\pipe\sotto", "/run/sotto/agent.sock"):
            with self.assertRaises(sotto.Unreachable) as caught:
                self.windows.connect(path, self.soon())
            self.assertEqual(caught.exception.reason, "not-a-socket")
        self.assertEqual(self.there.calls, [])

    def test_a_pipe_that_is_full_is_waited_for_and_judged_then(self) -> None:
        self.there.opens = [fake.BUSY, fake.BUSY, fake.BUSY]
        self.there.owner = STRANGER
        self.assertIsInstance(self.judge(), sotto.Untrusted)
        self.assertEqual(len(self.there.named("CreateFileW")), 4)
        self.assertEqual({name for name, _ in self.there.named("WaitNamedPipeW")}, {PIPE})

    def test_a_pipe_that_stays_full(self) -> None:
        self.there.opens = [fake.BUSY] * 1000
        began = time.monotonic()
        with self.assertRaises(sotto.TimedOut):
            self.windows.connect(PIPE, self.soon(0.4))
        self.assertGreaterEqual(time.monotonic() - began, 0.4)
        self.assertLess(time.monotonic() - began, 5)

    def test_a_pipe_that_goes_away_while_it_is_full(self) -> None:
        self.there.opens = [fake.BUSY, fake.NOT_FOUND]
        self.assertEqual(self.judge().reason, "absent")


class Names(OnWindows):
    def test_of_users(self) -> None:
        named = {"Batch": "batch", "Batch User": "batch_user", "J\u00f6hn.D-1_": "j_hn.d-1_", "\U0001f511x": "__x"}
        for user, segment in named.items():
            self.assertEqual(self.windows.own_pipe(user), rf"\\.\pipe\sotto-{segment}")

    def test_by_default(self) -> None:
        machine, own = r"\\.\pipe\sotto", r"\\.\pipe\sotto-batch_user"
        for sid, groups, expected in (
            (OWN, [], own),
            (OWN, [(ADMINISTRATORS, DENY)], own),
            (OWN, [(ADMINISTRATORS, 0)], own),
            (OWN, [(fake.EVERYONE, ON), (ADMINISTRATORS, ON | 3)], machine),
            (SYSTEM, [], machine),
            ("S-1-5-19", [], machine),
            ("S-1-5-20", [], machine),
            ("S-1-5-80-1-2-3-4-5", [], machine),
            ("S-1-5-82-1-2-3-4-5", [], machine),
            ("S-1-5-83-1-0", [], own),
        ):
            self.there.sids[1], self.there.groups = sid, groups
            self.windows.own_identity.cache_clear()
            self.assertEqual(self.windows.default_sockets({}, None), (expected, machine), (sid, groups))
            self.check_nothing_left()

    def test_of_a_home(self) -> None:
        digest = hashlib.sha256(rb"c:\sotto\home").hexdigest()
        for home in (r"C:\Sotto\Home", r"c:\sotto\home"):
            self.assertEqual(self.windows.socket_in(home), rf"\\.\pipe\sotto-{digest[:16]}")

    def test_what_exists(self) -> None:
        self.assertTrue(self.windows.exists(PIPE))
        self.there.opens = [fake.BUSY]
        self.assertTrue(self.windows.exists(PIPE), "full")
        self.there.opens = [fake.NOT_FOUND]
        self.assertFalse(self.windows.exists(PIPE))
        self.assertEqual(self.there.named("CreateFileW"), [], "no instance is taken")


class Exchange(OnWindows):
    def test_at_once_and_bit_by_bit(self) -> None:
        whole = value(1, b"v4lue" * 5000)
        pieces = [whole[at : at + 1] for at in range(40)] + [whole[40:90], whole[90:]]
        for reads in ([whole], [("later", whole[:8]), whole[8:]], pieces, [("later", whole[:3]), *pieces[3:]]):
            self.there.reads = list(reads)
            fields, payload = self.ask()
            self.assertEqual((payload, fields["version"]), (b"v4lue" * 5000, 3))
            self.check_nothing_left()

    def test_a_payload_is_sent_from_where_it_lies(self) -> None:
        self.there.reads = [value(1, b"v")]
        token = bytearray(b"the-token")
        address = ctypes.addressof((ctypes.c_char * len(token)).from_buffer(token))
        self.ask(token)
        self.assertEqual(self.there.addresses[1], address)
        self.assertTrue(self.there.written.endswith(b"the-token"))
        token.append(0)  # nothing holds on to it

    def test_a_payload_that_cannot_be_written(self) -> None:
        for token in (b"the-token", memoryview(bytearray(b"the-token")).toreadonly()):
            self.there.reads = [value(1, b"v")]
            with mock.patch("ctypes.memset", wraps=ctypes.memset) as wiped:
                self.ask(token)
            self.assertEqual([call.args[1:] for call in wiped.call_args_list][-1], (0, len(token)), "the copy is wiped")
            self.assertTrue(self.there.written.endswith(b"the-token"))
            self.assertEqual(token, b"the-token")

    def test_a_text_is_refused(self) -> None:
        with self.assertRaises(TypeError):
            self.ask("the-token")
        self.assertEqual(self.there.written, b"")
        self.check_nothing_left()

    def test_a_read_that_hangs(self) -> None:
        for reads in ([None], [value(1, b"v")[:20], None]):
            self.there.reads = list(reads)
            began = time.monotonic()
            with self.assertRaises(sotto.TimedOut) as caught:
                self.ask(seconds=0.4)
            self.assertEqual(caught.exception.exit, 5)
            self.assertGreaterEqual(time.monotonic() - began, 0.4)
            self.assertLess(time.monotonic() - began, 5)
            self.check_nothing_left()

    def test_an_interrupted_read_is_taken_back(self) -> None:
        self.there.reads, self.there.interrupts = [None], True
        with self.assertRaises(KeyboardInterrupt):
            self.ask()
        self.check_nothing_left()

    def test_the_other_end_closes(self) -> None:
        for reads in ([], [b"\0"], [value(1, b"v")[:-1]], [fake.NO_DATA], [233]):
            self.there.reads = list(reads)
            with self.assertRaises(sotto.Unreachable) as caught:
                self.ask()
            self.assertEqual(caught.exception.reason, "closed")
            self.check_nothing_left()

    def test_another_failure(self) -> None:
        self.there.reads = [1450]
        with self.assertRaises(sotto.Unreachable) as caught:
            self.ask()
        self.assertIsNone(caught.exception.reason)
        self.check_nothing_left()

    def test_what_was_said_before_it_closed_is_read(self) -> None:
        self.there.write_error = fake.NO_DATA
        self.there.reads = [failure(None, "busy")]
        with self.assertRaises(sotto.Busy):
            self.ask()
        self.check_nothing_left()


class AtTheConsole(OnWindows):
    def typed_in(self, most: int = 4096) -> bytearray:
        terminal = self.windows.open_terminal()
        try:
            return terminal.ask("Value: ", most)
        finally:
            terminal.close()
            self.assertEqual(self.there.mode, 0x1F7, "as it was")
            self.check_nothing_left()

    def test_is_given_as_utf8_and_not_shown(self) -> None:
        self.there.typed = "gr\u00fc\u00df \U0001f511\r\n"
        with mock.patch("sotto.platform.win32.console.wipe", wraps=sotto.wipe) as wiped:
            self.assertEqual(self.typed_in(), "gr\u00fc\u00df \U0001f511".encode())
        buffers = [call.args[0] for call in wiped.call_args_list]
        self.assertEqual([len(one) for one in buffers], [3 * 7, 2 * 4096], "as UTF-8, and as it was read")
        self.assertFalse(any(map(any, buffers)))
        self.assertEqual(self.there.modes[0], 0x1F3, "no echo")
        self.assertEqual(self.there.shown, "Value: \r\n")

    def test_what_is_not_taken(self) -> None:
        for typed, most, error in (
            ("", 10, EOFError),
            ("x" * 11 + "\r\n", 10, ValueError),
            ("x" * 5000, 10_000, ValueError),
            ("\ud800\r\n", 10, ValueError),
        ):
            self.there.typed = typed
            with self.assertRaises(error):
                self.typed_in(most)
        self.there.typed = "\r\n"
        self.assertEqual(self.typed_in(), b"")

    def test_ctrl_c(self) -> None:
        self.there.interrupts = True
        with self.assertRaises(KeyboardInterrupt):
            self.typed_in()

    def test_no_console(self) -> None:
        self.there.console = False
        self.assertIsNone(self.windows.open_terminal())
        self.check_nothing_left()


LOADS = """
import sys
from tests import fake_windows
class NotThere:
    def find_spec(self, name, *_):
        if name in ("termios", "pwd", "fcntl", "resource", "tty"):
            raise ImportError(name)
sys.meta_path.insert(0, NotThere())
sys.platform = {platform!r}
fake_windows.install()
import sotto
import sotto.platform
print(sotto.platform.system.__name__, "sotto.platform.trust" in sys.modules)
try:
    sotto.secret("a", socket="/nowhere")
except sotto.Error as error:
    print(error.code, error.reason)
"""


class Loading(unittest.TestCase):
    def loaded(self, platform: str) -> str:
        root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        command = [sys.executable, "-c", LOADS.format(platform=platform)]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True)
        self.assertEqual(done.stderr, "")
        return done.stdout

    def test_without_the_modules_of_unix(self) -> None:
        self.assertEqual(self.loaded("win32"), "sotto.platform.windows False\nunreachable not-a-socket\n")

    def test_a_system_that_is_not_known_refuses(self) -> None:
        self.assertEqual(self.loaded("another"), "sotto.platform.other False\nuntrusted None\n")
