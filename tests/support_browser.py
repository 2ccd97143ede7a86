"""A real browser before the console, and how people use it: by mouse, by keyboard only, with scripts off."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Literal, get_args

from playwright.sync_api import Browser, ConsoleMessage, Error, Locator, Page, Request, sync_playwright

Way = Literal["mouse", "keyboard", "without scripts"]
WAYS: tuple[Way, ...] = get_args(Way)
MOST_TABS = 250


@contextmanager
def chromium() -> Generator[Browser]:
    """Debian's Chromium; a missing one fails the test."""
    program = shutil.which("chromium")
    assert program is not None, "chromium is not installed"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass
class Hand:
    """Somebody at a page, who reaches everything in one way; and what the browser complained about meanwhile.

    `hosts` are those that a page may lead to beside the product's own.
    """

    page: Page
    base_url: str
    way: Way = "mouse"
    complaints: list[str] = field(default_factory=list[str])
    strangers: list[str] = field(default_factory=list[str])
    hosts: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self.page.on("console", self._note)
        self.page.on("pageerror", self._note_error)
        self.page.on("request", self._note_request)

    def open(self, path: str) -> None:
        """Go to an address of the console."""
        self.page.goto(f"{self.base_url}{path}")

    def sign_in(self, email: str, password: str) -> None:
        """Sign in by the form, and arrive at the first page."""
        self.open("/console/sign-in")
        self.fill("E-mail address", email)
        self.fill("Password", password)
        self.press("Sign in")
        self.page.wait_for_url(re.compile(r"/console$"))

    def press(self, name: str | re.Pattern[str], *, within: Locator | None = None, nth: int = 0) -> None:
        """Press a button."""
        self._act((within or self.page).get_by_role("button", name=name, exact=isinstance(name, str)).nth(nth))

    def follow(self, name: str | re.Pattern[str], *, within: Locator | None = None, nth: int = 0) -> None:
        """Follow a link."""
        self._act((within or self.page).get_by_role("link", name=name, exact=isinstance(name, str)).nth(nth))

    def unfold(self, name: str) -> None:
        """Open what a summary folds away."""
        self._act(self.page.locator("summary", has_text=name).first)

    def fill(self, label: str | re.Pattern[str], value: str) -> None:
        """Enter something into a field, in place of what is there."""
        found = self._field(label)
        if self.way != "keyboard":
            found.fill(value)
            return
        self._reach(found)
        if found.get_attribute("type") == "date":
            year, month, day = value.split("-")
            self.page.keyboard.type(f"{month}{day}{year}")
            return
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.press("Delete")
        self.page.keyboard.type(value)

    def choose(self, label: str | re.Pattern[str], option: str) -> None:
        """Choose from a list by the words that are shown."""
        found = self._field(label)
        if self.way == "keyboard":
            self._reach(found)
            self.page.keyboard.type(option)
        else:
            found.select_option(label=option)
        assert found.evaluate("list => list.selectedOptions[0].label") == option

    def tick(self, label: str | re.Pattern[str], *, within: Locator | None = None, nth: int = 0) -> None:
        """Tick a box, or pick one of several."""
        found = self._field(label, within).nth(nth)
        if self.way != "keyboard":
            found.check()
        elif found.get_attribute("type") == "radio":
            self._pick(found)
        else:
            self._reach(found)
            if not found.is_checked():
                self.page.keyboard.press("Space")
        assert found.is_checked()

    def sees(self, text: str | re.Pattern[str]) -> None:
        """Wait until something stands on the page."""
        self.page.get_by_text(text).first.wait_for()

    @property
    def path(self) -> str:
        """The address of the page, without the host."""
        return self.page.url.removeprefix(self.base_url)

    def _field(self, label: str | re.Pattern[str], within: Locator | None = None) -> Locator:
        """What a label is of; one given as text is the whole of it, but for what says that it may be left out."""
        whole = re.compile(rf"^\s*{re.escape(label)}(\s+\(optional\))?\s*$") if isinstance(label, str) else label
        return (within or self.page).get_by_label(whole)

    def _act(self, found: Locator) -> None:
        if self.way == "keyboard":
            self._reach(found)
            found.press("Enter")  # which waits for the page that it leads to
        else:
            found.click()

    def _pick(self, found: Locator) -> None:
        """Tab stops at one of a group of radio buttons only; arrows go on from there."""
        name = found.get_attribute("name")
        self._reach(self.page.locator(f'input[type=radio][name="{name}"]:focus'), is_focus=True)
        self.page.keyboard.press("Space")
        for _ in range(MOST_TABS):
            if found.is_checked():
                return
            self.page.keyboard.press("ArrowDown")

    def _reach(self, found: Locator, *, is_focus: bool = False) -> None:
        """Go on by the tab key until it has the focus, as somebody without a mouse does."""
        if not is_focus:
            found.wait_for()
        for _ in range(MOST_TABS):
            if found.count() and (is_focus or found.evaluate("one => one === document.activeElement")):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"the tab key never comes to {found}")

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.text} at {self.page.url}")

    def _note_error(self, error: Error) -> None:
        self.complaints.append(f"{error} at {self.page.url}")

    def _note_request(self, request: Request) -> None:
        if not request.url.startswith((self.base_url, "data:", *self.hosts)):
            self.strangers.append(request.url)


@contextmanager
def at_page(
    browser: Browser,
    base_url: str,
    *,
    way: Way = "mouse",
    scheme: Literal["light", "dark"] = "light",
    width: int = 1280,
) -> Generator[Hand]:
    """Somebody at a fresh browser window, who has no complaint in the end and has met no other host."""
    context = browser.new_context(
        base_url=base_url,
        color_scheme=scheme,
        java_script_enabled=way != "without scripts",
        locale="en-US",
        reduced_motion="reduce",
        viewport={"width": width, "height": 800},
    )
    hand = Hand(context.new_page(), base_url, way)
    yield hand
    context.close()
    # A form that is refused is an answer of status 4xx, which the browser notes as well.
    assert [one for one in hand.complaints if "the server responded with a status of 4" not in one] == []
    assert hand.strangers == []


At = Callable[..., AbstractContextManager[Hand]]
"""Puts somebody who is signed in before a fresh window: in a way, as a role's user, of a width."""
