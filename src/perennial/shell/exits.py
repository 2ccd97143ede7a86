"""The exit codes of `perennial`, and the failures that lead to them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any


class Exit(IntEnum):
    """What a program learns from how a command ended."""

    DONE = 0
    FAILURE = 1
    USAGE = 2
    REFUSED = 3
    WRONG_INPUT = 4
    NOT_ALLOWED = 5
    NOT_FOUND = 6
    UNREACHABLE = 7
    NOT_IN_TIME = 8


MEANINGS = {
    Exit.DONE: "done",
    Exit.FAILURE: "failure: the other side broke, or a check found a fault",
    Exit.USAGE: "usage: the command line or the profile is wrong; nothing was asked",
    Exit.REFUSED: "refused by the rules (409), or changed meanwhile (412)",
    Exit.WRONG_INPUT: "wrong input (400, 413, 422)",
    Exit.NOT_ALLOWED: "not allowed (401, 403)",
    Exit.NOT_FOUND: "not found (404, 410)",
    Exit.UNREACHABLE: "unreachable, or told to come back later (429, 503), until patience ended",
    Exit.NOT_IN_TIME: "accepted but not done in time; it will be done without you",
}
_OF_STATUS = {
    **dict.fromkeys((409, 412), Exit.REFUSED),
    **dict.fromkeys((400, 413, 415, 422), Exit.WRONG_INPUT),
    **dict.fromkeys((401, 403), Exit.NOT_ALLOWED),
    **dict.fromkeys((404, 410), Exit.NOT_FOUND),
    **dict.fromkeys((429, 503), Exit.UNREACHABLE),
}


def exit_of(status: int) -> Exit:
    """Return the exit code of an answer that is a problem."""
    return _OF_STATUS.get(status, Exit.FAILURE)


class Failed(Exception):
    """A command that ends with `code`; its `problem` has `code`, `title` and `detail`, as the API's problems do."""

    def __init__(self, code: Exit, problem: Mapping[str, Any]) -> None:
        """Keep what is told of it."""
        super().__init__(str(problem.get("detail", "")))
        self.code = code
        self.problem = dict(problem)


def wrong_usage(detail: str) -> Failed:
    """Return the failure of a command line, or of what it is configured by."""
    return Failed(Exit.USAGE, {"code": "usage", "title": "This cannot be asked", "detail": detail})
