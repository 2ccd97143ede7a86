"""What a page of another origin, or a program without a browser's word, can make of somebody's session."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx2
import pytest
from playwright.sync_api import Browser

from support_browser import Hand, at_page
from support_product import Running, Seat
from support_visitors import HERE, signed_in

pytestmark = pytest.mark.xdist_group("console pages")

ATTACK = """<!doctype html><title>Win</title>
<form method="post" action="{target}/console/theme"><input name="theme" value="dark"><button>Win</button></form>
<iframe src="{target}/console"></iframe>"""


@pytest.fixture
def elsewhere(running: Running) -> Iterator[str]:
    """Another site, on a port of its own, with a form and a frame that lead here."""
    page = ATTACK.format(target=running.base_url).encode()

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 - the library's name

    class Server(socketserver.ThreadingMixIn, HTTPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def client(running: Running) -> Iterator[httpx2.Client]:
    """A signed-in client that sends what it is told, as no browser would."""
    with signed_in(running) as found:
        del found.headers["Sec-Fetch-Site"]
        yield found


def test_a_form_of_another_site_does_nothing(running: Running, browser: Browser, elsewhere: str) -> None:
    with at_page(browser, running.base_url) as hand:
        hand.page.goto(elsewhere)
        hand.page.get_by_role("button", name="Win").click()
        hand.sees("This form was not sent from the console.")
        assert hand.page.context.cookies() == []
        _is_elsewhere(hand)


def test_no_other_site_shows_the_console_in_a_frame(running: Running, browser: Browser, elsewhere: str) -> None:
    with at_page(browser, running.base_url) as hand:
        hand.page.goto(elsewhere)
        (frame,) = [one for one in hand.page.frames if one != hand.page.main_frame]
        assert "Perennial" not in frame.content()
        assert any("frame-ancestors" in one for one in hand.complaints)
        _is_elsewhere(hand)


def _is_elsewhere(hand: Hand) -> None:
    """What is complained of, and the host that is asked, are the other site's."""
    hand.strangers.clear()
    hand.complaints.clear()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "null"},
        {"Origin": "http://other.example"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://other.example"},
    ],
    ids=str,
)
def test_a_session_alone_sends_no_form(client: httpx2.Client, headers: dict[str, str]) -> None:
    answer = client.post("/console/sign-out", headers=headers)
    assert answer.status_code == 403
    assert client.get("/console").status_code == 200


def test_a_form_without_the_sessions_token_does_nothing(client: httpx2.Client) -> None:
    for token in ("", "0" * 64, "ä"):
        answer = client.post("/console/sign-out", data={"form_token": token}, headers=HERE)
        assert answer.status_code == 403
    assert client.get("/console").status_code == 200


def test_the_cookie_is_for_the_console_alone_and_for_no_script(client: httpx2.Client) -> None:
    (cookie,) = [one for one in client.cookies.jar if one.name == "perennial_session"]
    assert cookie.path == "/console"
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.get_nonstandard_attr("SameSite") == "lax"
    # A session is no key: the door for programs does not take it even when it is sent there.
    answer = client.get("/v1/me", headers={"Cookie": f"perennial_session={cookie.value}"})
    assert answer.status_code == 401


def test_a_session_ends_for_good(client: httpx2.Client) -> None:
    token = client.get("/console").text.partition('name="form_token" value="')[2].partition('"')[0]
    kept = client.cookies["perennial_session"]
    assert client.post("/console/sign-out", data={"form_token": token}, headers=HERE).status_code == 303
    again = client.get("/console", headers={"Cookie": f"perennial_session={kept}"})
    assert again.status_code == 303
    assert again.headers["location"].startswith("/console/sign-in")


@pytest.mark.parametrize(
    "target", ["//other.example", "https://other.example", "/v1/me", "/console\\..", "javascript:1"]
)
def test_a_sign_in_leads_to_no_other_place(running: Running, target: str) -> None:
    passwords = running.passwords()
    email, password = next(iter(passwords.items()))
    form = {"email": email, "password": password, "next": target}
    answer = httpx2.post(f"{running.base_url}/console/sign-in", data=form, headers=HERE)
    assert answer.headers["location"] == "/console"


def test_every_answer_says_what_a_page_may_load(client: httpx2.Client) -> None:
    for path in ("/console", "/console/nothing", "/console/sign-in", "/console/static/console.css"):
        answer = client.get(path)
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_no_request_names_its_own_caller(running: Running, seat: Seat) -> None:
    assert seat.get("/v1/me")
    for headers in ({"perennial.caller": "x"}, {"Perennial-Caller": "x"}):
        assert httpx2.get(f"{running.base_url}/v1/me", headers=headers).status_code == 401
