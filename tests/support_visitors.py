"""A program at the door for people, signed in as a browser would be."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import httpx2

from support_product import Running

ADMIN = "admin@distributor.example"
HERE = {"Sec-Fetch-Site": "same-origin"}
"""What a browser says of what a page of the same site asks for."""


@contextmanager
def signed_in(running: Running, email: str = ADMIN, password: str | None = None) -> Generator[httpx2.Client]:
    """Sign one of the sandbox's users in, or whoever has the password."""
    with httpx2.Client(base_url=running.base_url, headers=HERE, timeout=60) as client:
        form = {"email": email, "password": password or running.passwords()[email]}
        answer = client.post("/console/sign-in", data=form)
        assert answer.status_code == 303, answer.text
        yield client
