"""Knows what became of the `make` that runs this process.

GNU make hands SIGTERM on to what it runs but not SIGINT, which it believes the terminal sends to everybody; so a SIGINT
sent to the pid of `make up` alone would reach nobody. It shows, though: make then takes its handler for SIGINT off.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from perennial.tether import die_with_parent


def die_with_make() -> None:
    """When make runs this process and dies without a word, end as if told to; nothing without make or off Linux."""
    if _runs_below_make():
        die_with_parent(signal.SIGTERM)


def make_interrupted() -> Callable[[], bool]:
    """The question whether the make above this process has been interrupted since now."""
    make = os.getppid()
    if not _runs_below_make() or not _catches_sigint(make):
        return lambda: False
    return lambda: os.getppid() == make and not _catches_sigint(make)


def _runs_below_make() -> bool:
    if not sys.platform.startswith("linux"):
        return False
    return _read(os.getppid(), "comm").strip() in {"make", "gmake"}


def _catches_sigint(pid: int) -> bool:
    for line in _read(pid, "status").splitlines():
        name, _, value = line.partition(":")
        if name == "SigCgt":
            return bool(int(value, 16) >> (signal.SIGINT - 1) & 1)
    return True


def _read(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
