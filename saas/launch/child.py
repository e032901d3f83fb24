"""Become a command that cannot outlive its parent: `python -I -S child.py PARENT UID GID SIGNAL COMMAND...`.

A program of its own, because between fork and exec of a process with threads no Python code may run.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def become(*, parent: int, uid: int, gid: int, farewell: int, command: list[str]) -> None:
    """Drop to the account, have the kernel send `farewell` when the parent dies, and execute the command."""
    if os.geteuid() != uid:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":  # after setuid, which clears it
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, farewell)
    if os.getppid() != parent:
        return
    for number in (signal.SIGINT, signal.SIGPIPE):  # ignored by a shell's background jobs, and by Python
        signal.signal(number, signal.SIG_DFL)
    os.execv(command[0], command)


if __name__ == "__main__":
    _parent, _uid, _gid, _farewell = map(int, sys.argv[1:5])
    become(parent=_parent, uid=_uid, gid=_gid, farewell=_farewell, command=sys.argv[5:])
