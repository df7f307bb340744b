"""Whom to trust: nothing is sent to a socket that somebody else could have put there. Root sees all cases."""

import os
import shutil
import socket
import tempfile
import unittest

import sotto
from sotto.platform.trust import _agent_uid, check_socket
from tests.support import FakeAgent, value

#: Neither root's, nor ours, nor the agent's.
STRANGER = 54_321


class Trust(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="sotto-trust-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.path = os.path.join(self.folder, "agent.sock")
        self.listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(self.listener.close)
        self.listener.bind(self.path)

    def untrusted(self, path: str, why: str) -> None:
        with self.assertRaises(sotto.Untrusted) as caught:
            check_socket(path)
        self.assertEqual(caught.exception.exit, 6)
        self.assertIn(why, str(caught.exception))

    def test_ours_below_the_sticky_tmp(self) -> None:
        os.chmod(self.path, 0o666)  # its own mode is not judged
        os.chmod(self.folder, 0o755)
        check_socket(self.path)
        os.chmod(self.folder, 0o1777)
        check_socket(self.path)

    def test_links_of_ours(self) -> None:
        os.mkdir(os.path.join(self.folder, "below"))
        for name, target in (("absolute", self.path), ("relative", "agent.sock"), ("again", self.folder)):
            os.symlink(target, os.path.join(self.folder, name))
        for path in ("absolute", "relative", "again/again/relative", "below/.././/agent.sock"):
            check_socket(os.path.join(self.folder, path))

    def test_a_folder_that_others_may_write(self) -> None:
        for mode in (0o777, 0o770, 0o720, 0o702):
            os.chmod(self.folder, mode)
            self.untrusted(self.path, "may be written by others")

    def test_a_link_into_one(self) -> None:
        link = os.path.join(tempfile.gettempdir(), f"sotto-link-{os.getpid()}")
        os.symlink(self.path, link)
        self.addCleanup(os.unlink, link)
        check_socket(link)
        os.chmod(self.folder, 0o777)
        self.untrusted(link, self.folder)

    def test_links_without_end(self) -> None:
        loop = os.path.join(self.folder, "loop")
        os.symlink("loop", loop)
        self.untrusted(loop, "one symbolic link too many")

    def test_no_socket(self) -> None:
        file = os.path.join(self.folder, "file")
        open(file, "w").close()
        for path, reason in ((file, "not-a-socket"), (self.folder, "not-a-socket"), (file + "/x", "not-a-socket")):
            with self.assertRaises(sotto.Unreachable) as caught:
                check_socket(path)
            self.assertEqual(caught.exception.reason, reason)
        with self.assertRaises(sotto.Unreachable) as caught:
            check_socket(os.path.join(self.folder, "none"))
        self.assertEqual((caught.exception.reason, caught.exception.exit), ("absent", 5))

    def test_stale(self) -> None:
        self.listener.close()
        with self.assertRaises(sotto.Unreachable) as caught:
            sotto.secret("a", socket=self.path)
        self.assertEqual(caught.exception.reason, "stale")

    @unittest.skipUnless(os.geteuid() == 0, "needs root: it makes files of other users")
    def test_of_another_user(self) -> None:
        link = os.path.join(self.folder, "link")
        os.symlink("agent.sock", link)
        os.lchown(link, STRANGER, STRANGER)
        self.untrusted(link, f"{link} belongs to another user")
        os.chown(self.path, STRANGER, STRANGER)
        self.untrusted(self.path, f"{self.path} belongs to another user")
        os.chown(self.path, 0, 0)
        os.chown(self.folder, STRANGER, STRANGER)
        self.untrusted(self.path, f"{self.folder} belongs to another user")

    def test_not_even_connected_to(self) -> None:
        with FakeAgent(lambda request, _: value(request["id"], b"x")) as agent:
            os.chmod(agent.folder, 0o777)
            with self.assertRaises(sotto.Untrusted):
                sotto.secret("a", socket=agent.path)
            os.chmod(agent.folder, 0o700)
            sotto.secret("a", socket=agent.path).close()
            self.assertEqual(agent.connections, 1)

    def test_the_user_of_the_agent(self) -> None:
        passwd = os.path.join(self.folder, "passwd")
        with open(passwd, "w") as file:
            file.write("root:x:0:0::/:/bin/sh\nsottos:x:7:7::/:/bin/sh\nsotto:x:345:345::/:/usr/sbin/nologin\n")
        self.assertEqual(_agent_uid(passwd), 345)
        self.assertIsNone(_agent_uid(os.path.join(self.folder, "none")))
