"""What differs from one operating system to the next: a file for each, and this is the one place that picks.

Each offers the names below, with the same meaning:

`default_sockets(env, uid)`  where a job looks for its agent: the user's own, then the machine's
`socket_in(home)`            the socket of an agent whose home was chosen; `home` is absolute
`exists(path)`               whether something is at the path of a socket; what cannot be looked at is taken to exist
`check(path)`                raises `Untrusted` unless the socket can be nobody else's
`connect(path, deadline)`    the same, and a `Stream` to it; tries until the agent has room. Sends nothing
`open_terminal()`            a `Terminal`; None where this process has none

`default_sockets` and `socket_in` raise `BadArgument` on a system that is not known, `check` and `connect` an
`Unreachable`, `Untrusted` or `TimedOut`.
"""

import sys

if sys.platform.startswith("linux"):
    from . import linux as system
elif sys.platform == "win32":
    from . import windows as system
else:
    from . import other as system

__all__ = ["system"]
