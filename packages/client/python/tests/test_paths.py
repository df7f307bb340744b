import os
import unittest

import sotto
from sotto.paths import check_path, job_sockets

MACHINE = "/run/sotto/agent.sock"


class Paths(unittest.TestCase):
    def test_order(self) -> None:
        self.assertEqual(job_sockets({"SOTTO_SOCKET": "/a/s", "SOTTO_HOME": "/h"}, 1000), ["/a/s"])
        self.assertEqual(job_sockets({"SOTTO_HOME": "/h"}, 1000), ["/h/agent.sock"])
        self.assertEqual(job_sockets({"XDG_RUNTIME_DIR": "/x"}, 1000), ["/x/sotto/agent.sock", MACHINE])
        self.assertEqual(job_sockets({}, 1000), ["/run/user/1000/sotto/agent.sock", MACHINE])
        self.assertEqual(job_sockets({"XDG_RUNTIME_DIR": "/x"}, 0), [MACHINE])

    def test_what_does_not_count(self) -> None:
        env = {"SOTTO_SOCKET": "", "SOTTO_HOME": "", "XDG_RUNTIME_DIR": "relative"}
        self.assertEqual(job_sockets(env, 7), ["/run/user/7/sotto/agent.sock", MACHINE])

    def test_relative(self) -> None:
        self.assertEqual(job_sockets({"SOTTO_SOCKET": "s"}, 7), [os.path.abspath("s")])

    def test_what_cannot_be_one(self) -> None:
        long = [("/" + "s" * 100, "path-length"), ("/" + "é" * 50, "path-length")]
        for path, reason in [("", "path"), ("a\0b", "path"), *long]:
            with self.assertRaises(sotto.BadArgument) as caught:
                check_path(path)
            self.assertEqual((caught.exception.reason, caught.exception.exit), (reason, 2))
        self.assertEqual(check_path("/" + "s" * 99), "/" + "s" * 99)
