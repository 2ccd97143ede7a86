"""Ties a process to the life of the one that started it.

Run as a program, `python tether.py PARENT COMMAND…` becomes COMMAND and dies by SIGKILL with the process PARENT,
however that one ends. A program of its own, rather than a hook between fork and exec, because the supervisor has
threads by then (the engine's client runs some) and Python code between fork and exec may dead-lock among threads.
Standard library only, so that it starts in a few milliseconds.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1
WATCH_INTERVAL = 0.2
"""Seconds between two looks at the parent where the kernel cannot tell of its death."""


def tethered(command: tuple[str, ...]) -> tuple[str, ...]:
    """The command that runs `command` for as long as this process lives; start it from the main thread only.

    Linux ties a child to the *thread* that started it, so one started elsewhere would die with that thread.
    """
    return (sys.executable, "-I", "-S", str(Path(__file__)), str(os.getpid()), *command)


def die_with_parent(by: signal.Signals) -> None:
    """Ask the kernel to send `by` to this process when the thread that started it is gone; Linux only."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, int(by)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def main(arguments: list[str]) -> int:
    """Become the command; returns only when the parent is gone already, or where there is no parent-death signal."""
    parent, command = int(arguments[0]), arguments[1:]
    if not sys.platform.startswith("linux"):
        return watched(parent, command)
    die_with_parent(signal.SIGKILL)
    if os.getppid() == parent:  # Else it died before the kernel was asked, so no signal will come.
        os.execvp(command[0], command)  # noqa: S606 # No shell is meant: the command comes as a list.
    return 1


def watched(parent: int, command: list[str]) -> int:
    """Run the command below this process and kill it once the parent is gone: the way of systems without the signal."""
    child = subprocess.Popen(command)  # noqa: S603 # The command comes from the supervisor, as a list.
    signal.signal(signal.SIGTERM, lambda _number, _frame: child.terminate())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while child.poll() is None:
        if os.getppid() != parent:
            child.kill()
        time.sleep(WATCH_INTERVAL)
    return child.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
