"""Holds a data folder for one running stack.

The claim is a lock of the kernel on a file, so that it ends with its holder however that one dies; what is written in
the file, pid and start time, only names the holder in the refusal.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

NAME = "up.lock"


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to run a stack on the data folder `data`, held until the end of `claimed`."""

    data: Path

    @property
    def logs(self) -> Path:
        """The folder of the children's logs."""
        return self.data / "logs"


class AlreadyRunning(Exception):
    """Another stack, which is alive, runs on this data folder."""

    def __init__(self, data: Path, holder: str) -> None:
        super().__init__(f"a stack runs on {data} already ({holder}): stop it, or set PERENNIAL_DATA to another folder")


@contextmanager
def claimed(data: Path) -> Generator[Claim]:
    """Make and claim the data folder; a claim of a dead process is cleared, a living one raises AlreadyRunning."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / NAME).open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise AlreadyRunning(data, _holder(file)) from error
        _sign(file)
        yield Claim(data.resolve())
        file.truncate(0)


def _sign(file: TextIO) -> None:
    file.truncate(0)
    json.dump({"pid": os.getpid(), "started_at": datetime.now(UTC).isoformat(timespec="seconds")}, file)
    file.write("\n")
    file.flush()


def _holder(file: TextIO) -> str:
    file.seek(0)
    try:
        signature = json.loads(file.read())
        return f"pid {signature['pid']}, since {signature['started_at']}"
    except (ValueError, KeyError, TypeError):
        return "it is just starting or ending"
