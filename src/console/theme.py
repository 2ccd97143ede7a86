"""Light or dark: as the person chose, else as their system has it."""

from __future__ import annotations

from starlette.requests import Request

COOKIE = "perennial_theme"
THEMES = ("light", "dark")


def theme_of(request: Request) -> str:
    """Return the chosen theme, empty when the person's system decides."""
    chosen = request.cookies.get(COOKIE, "")
    return chosen if chosen in THEMES else ""
