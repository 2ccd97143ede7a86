"""Waiting in tests for what real processes do in their own time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import psutil

Answer = TypeVar("Answer")


def eventually(question: Callable[[], Answer | None], *, within: float = 30.0) -> Answer:
    """The question's first true answer; fails the test when there is none in so many seconds."""
    until = time.monotonic() + within
    while True:
        answer = question()
        if answer:
            return answer
        assert time.monotonic() < until, f"not within {within:g} s; the last answer was {answer!r}"
        time.sleep(0.02)


def lives(pid: int) -> bool:
    """Whether the process runs; one that is dead and only not collected yet does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
