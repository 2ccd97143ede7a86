"""What a browser would never send to the console, and no database would keep."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx2
import pytest

from console.app import ROUTES
from support_product import Running
from support_visitors import signed_in

WITH_IDS = [route.path for route in ROUTES if "{" in route.path and not route.path.startswith("/console/static")]
OF_FORMS = [route.path for route in ROUTES if "POST" in (route.methods or ())]


@pytest.fixture
def visitor(running: Running) -> Iterator[httpx2.Client]:
    """The administrator's browser."""
    with signed_in(running) as client:
        yield client


def test_an_entry_that_is_no_text_is_refused_on_every_form(visitor: httpx2.Client) -> None:
    assert len(OF_FORMS) > 30
    for path in OF_FORMS:
        address = re.sub(r"\{\w+\}", "cus_0", path)
        answer = visitor.post(address, data={"email": "a\0b"})
        assert (answer.status_code, "U+0000" in answer.text) == (422, True), address


def test_a_file_whose_name_is_no_text_is_refused(visitor: httpx2.Client) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a\0.csv"\r\n\r\nkind\r\n--x--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = visitor.post("/console/bulk/new", content=part, headers=headers)
    assert (answer.status_code, "U+0000" in answer.text) == (422, True)


def test_an_id_that_is_no_text_is_nowhere(visitor: httpx2.Client) -> None:
    assert len(WITH_IDS) > 30
    for path in WITH_IDS:
        address = re.sub(r"\{\w+\}", "cus_%00", path)
        assert visitor.get(address).status_code in {404, 405}, address
