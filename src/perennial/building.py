"""Shows the engine's one-time build: a bar on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

LINE_EVERY = 15.0
"""Seconds between two plain lines."""

Say = Callable[[str], None]


class Building:
    """How far the build is: modules are fetched, then packages are compiled."""

    def __init__(self, draw: Callable[[str, int, int], None]) -> None:
        self._draw = draw
        self._modules = 0
        self._packages = 0
        self._total = 0

    def fetched(self, line: str) -> None:
        """Count a module that go fetches; `line` is go's own."""
        self._modules += 1
        self._draw(f"fetching modules: {line.split()[-2]}", self._modules, 0)

    def compile(self, packages: int) -> None:
        """Begin to count packages."""
        self._total = packages
        self._draw("compiling packages", 0, packages)

    def compiled(self, line: str) -> None:
        """Count a package that go has begun to compile; `line` is go's own, a package's name or a fetched module."""
        if line.startswith("go: "):
            return
        # The three programs share most packages, and a `main` is compiled under the program's own name.
        self._packages = min(self._packages + 1, self._total)
        self._draw("compiling packages", self._packages, self._total)


@contextmanager
def shown(say: Say) -> Generator[Building]:
    """Show a build until the end of the block, on the standard error's terminal or by `say`."""
    console = Console(stderr=True)
    say("building the workflow engine, once for this machine: about 6 minutes on two cores")
    began = time.monotonic()
    if console.is_terminal:
        with _bar(console) as bar:
            yield Building(_on(bar))
    else:
        yield Building(_by_lines(say, began))
    say(f"the engine is built, in {time.monotonic() - began:.0f} s")


def _bar(console: Console) -> Progress:
    what, done = TextColumn("{task.description}"), MofNCompleteColumn()
    return Progress(SpinnerColumn(), what, BarColumn(), done, TimeElapsedColumn(), console=console, transient=True)


def _on(bar: Progress) -> Callable[[str, int, int], None]:
    task = bar.add_task("reading the list of modules", total=None)

    def draw(what: str, done: int, total: int) -> None:
        bar.update(task, description=what, completed=done, total=total or None)

    return draw


def _by_lines(say: Say, began: float) -> Callable[[str, int, int], None]:
    said = began

    def draw(what: str, done: int, total: int) -> None:
        nonlocal said
        now = time.monotonic()
        if now - said >= LINE_EVERY:
            said = now
            say(f"{what}, {done} of {total}" if total else f"{what}, {done} so far")

    return draw
