"""Signing in at a provider of identities: there and back in a browser, and each way that must not end in a session."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from joserfc.jwk import ECKey, OctKey
from playwright.sync_api import Browser

from console.oidc.tickets import LASTS, Ticket, Tickets, new_ticket
from perennial.oidc import OidcIncomplete, provider_of
from perennial.settings import Settings
from support_browser import Hand, Way, at_page
from support_oidc import CLIENT_ID, CLIENT_SECRET, NAME, Directory
from support_product import Running, Seat
from support_tenants import new_partner, user_body

pytestmark = pytest.mark.xdist_group("console pages")

Tell = Callable[[Directory], None]
ADA = "admin@distributor.example"
START = "/console/sign-in/oidc"
# {"alg":"HS256","crit":5}, of which a library may make more than an error of its own
ODD_HEADER = "eyJhbGciOiJIUzI1NiIsImNyaXQiOjV9.e30.AA"
NOT_ENDED = f"The sign-in at {NAME} did not come to its end. Try again."
UNKNOWN = f"You are signed in at {NAME}, but no user here has your address."


def claims(**changed: Any) -> Tell:
    """Let the token say something else; None leaves it out."""
    return lambda directory: directory.claims.update(changed)


def answers(**changed: str | None) -> Tell:
    """Let the way back say something else; None leaves it out."""
    return lambda directory: directory.answers.update(changed)


def signed(key: Any, **header: Any) -> Tell:
    """Let another key sign."""

    def tell(directory: Directory) -> None:
        directory.signer, directory.header = key, header

    return tell


def public_key_as_secret(directory: Directory) -> None:
    """What takes a public key for the secret of a signature would believe this."""
    directory.secret = directory.key.as_pem(private=False)


# What is not right, and the reason that the log gives.
WRONG: dict[str, tuple[Tell, str]] = {
    "another issuer": (claims(iss="https://elsewhere.example"), "Invalid claim: 'iss'"),
    "another audience": (claims(aud="somebody-else"), "Invalid claim: 'aud'"),
    "no audience": (claims(aud=None), "Missing claim: 'aud'"),
    "among audiences, given to another": (claims(aud=[CLIENT_ID, "other"], azp="other"), "given to another client"),
    "among audiences, given to nobody": (claims(aud=[CLIENT_ID, "other"]), "given to another client"),
    "over": (claims(exp=1_700_000_000), "The token is expired"),
    "without an end": (claims(exp=None), "Missing claim: 'exp'"),
    "of the future": (claims(iat=4_000_000_000, exp=4_000_000_300), "issued in the future"),
    "another nonce": (claims(nonce="somebody else's"), "Invalid claim: 'nonce'"),
    "no nonce": (claims(nonce=None), "Missing claim: 'nonce'"),
    "no subject": (claims(sub=None), "Missing claim: 'sub'"),
    "address not verified": (claims(email_verified=False), "not verified"),
    "address said to be verified": (claims(email_verified="true"), "not verified"),
    "no word on the address": (claims(email_verified=None), "not verified"),
    "no address": (claims(email=None), "not verified"),
    "an address that folds to hers": (claims(email=ADA.replace("s", "\u017f")), "letters beyond ASCII"),
    "another key": (signed(ECKey.generate_key("P-256")), "BadSignatureError"),
    "an unknown key": (signed(ECKey.generate_key("P-256"), kid="unknown"), "InvalidKeyIdError"),
    "no signature": (signed(None, alg="none"), "UnsupportedAlgorithmError"),
    "signed with the client's secret": (signed(OctKey.import_key(CLIENT_SECRET)), "UnsupportedAlgorithmError"),
    "signed with the public key": (public_key_as_secret, "UnsupportedAlgorithmError"),
    "another state": (answers(state="somebody else's"), "the state is not the ticket's"),
    "no state": (answers(state=None), "the state is not the ticket's"),
    "another code": (answers(code="guessed"), "the code is refused: 400 (invalid_grant)"),
    "refused": (answers(code=None, error="access_denied"), "the provider gave no code"),
    "another provider": (answers(iss="https://elsewhere.example"), "another provider sent it"),
}


@pytest.fixture(autouse=True)
def told(identities: Directory) -> None:
    """Nothing is wrong, and Ada is there."""
    identities.reset(ADA)


def test_somebody_signs_in_at_the_provider_and_goes_on_where_they_were(
    running: Running, browser: Browser, identities: Directory, way: Way
) -> None:
    with at_page(browser, running.base_url, way=way) as hand:
        hand.hosts.append(identities.issuer)
        hand.open("/console/customers?q=Nord")
        hand.follow(f"Sign in with {NAME}")
        hand.page.wait_for_url(re.compile(r"/console/customers\?q=Nord$"))
        hand.sees("Ada Admin")
        (cookie,) = [one for one in hand.page.context.cookies() if one.get("path", "").startswith("/console")]
        assert (cookie.get("name"), cookie.get("httpOnly"), cookie.get("sameSite")) == (
            "perennial_session",
            True,
            "Lax",
        )
    assert identities.complaints == []


def test_a_user_who_never_had_a_password_signs_in(
    running: Running, browser: Browser, identities: Directory, seat: Seat
) -> None:
    made = seat.done(seat.post("/v1/users", user_body()), 201)
    identities.email = made["email"].upper()
    with at_page(browser, running.base_url) as hand:
        _signed_in(hand, identities)
        hand.page.wait_for_url(re.compile(r"/console$"))
        seat.done(seat.patch(f"/v1/users/{made['id']}", {"state": "disabled"}))
        hand.open("/console")
        assert hand.path.startswith("/console/sign-in")


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_not_right_ends_in_no_session(wrong: str, running: Running, identities: Directory) -> None:
    tell, reason = WRONG[wrong]
    tell(identities)
    read = len(running.log("serve"))
    with httpx2.Client(base_url=running.base_url) as client:
        answer = _back(client)
        assert (answer.status_code, NOT_ENDED in answer.text) == (401, True)
        assert client.get("/console").status_code == 303
        assert not client.cookies
    logged = running.log("serve")[read:]
    (line,) = [line for line in logged.splitlines() if "sign_in_at_provider_refused" in line]
    assert reason in line, line
    assert ADA not in logged


def test_an_address_that_is_no_users_is_told_so(running: Running, identities: Directory, seat: Seat) -> None:
    disabled = seat.done(seat.post("/v1/users", user_body()), 201)
    seat.done(seat.patch(f"/v1/users/{disabled['id']}", {"state": "disabled"}))
    for email in (f"{uuid.uuid4().hex}@nobody.example", disabled["email"]):
        identities.email = email
        with httpx2.Client(base_url=running.base_url) as client:
            answer = _back(client)
            assert (answer.status_code, UNKNOWN in answer.text) == (401, True)
            assert not client.cookies


def test_a_user_of_a_disabled_partner_is_told_so(running: Running, identities: Directory, seat: Seat) -> None:
    partner = new_partner(seat)
    user = seat.done(seat.post("/v1/users", user_body(partner_id=partner["id"], role="admin")), 201)
    seat.done(seat.patch(f"/v1/partners/{partner['id']}", {"state": "disabled"}))
    identities.email = user["email"]
    with httpx2.Client(base_url=running.base_url) as client:
        answer = _back(client)
        assert (answer.status_code, "disabled" in answer.text) == (403, True)
        assert client.get("/console").status_code != 200


def test_a_way_back_works_once_and_only_for_who_went(running: Running, identities: Directory) -> None:
    with httpx2.Client(base_url=running.base_url) as client, httpx2.Client(base_url=running.base_url) as thief:
        stolen = _at_provider(client)
        assert thief.get(stolen).status_code == 401
        ticket = dict(client.cookies)
        assert client.get(stolen).status_code == 303
        thief.cookies.update({name: one for name, one in ticket.items() if name == "perennial_oidc"})
        assert thief.get(stolen).status_code == 401
        assert thief.get("/console").status_code == 303


def test_the_target_is_one_of_the_consoles_own(running: Running) -> None:
    for target in ("//elsewhere.example", "https://elsewhere.example/console", f"/console/customers?q={'q' * 4000}"):
        with httpx2.Client(base_url=running.base_url) as client:
            went = client.get(START, params={"next": target})
            back = client.get(httpx2.get(went.headers["location"]).headers["location"])
            assert back.headers["location"] == "/console"


def test_new_keys_of_the_provider_are_found(running: Running, identities: Directory) -> None:
    for _ in range(2):
        with httpx2.Client(base_url=running.base_url) as client:
            assert _back(client).status_code == 303
        identities.roll_keys()


def test_a_provider_that_is_down_is_told_and_a_password_still_opens(running: Running, identities: Directory) -> None:
    with httpx2.Client(base_url=running.base_url) as client:
        back = _at_provider(client)
        identities.is_down = True
        answer = client.get(back)
        assert (answer.status_code, "cannot be reached now" in answer.text) == (503, True)
        assert 'name="password"' in answer.text


def test_a_ticket_is_good_for_ten_minutes_and_for_nobody_elses_key() -> None:
    tickets, at = Tickets(b"k" * 32), datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
    ticket: Ticket = new_ticket("/console")
    text = tickets.written(ticket, at=at)

    assert tickets.read(text, at=at + LASTS * 0.9) == ticket
    assert tickets.read(text, at=at + LASTS) is None
    assert Tickets(b"x" * 32).read(text, at=at) is None
    for other in (None, "", "a.b.c", text[:-2], "é" + text, ODD_HEADER):
        assert tickets.read(other, at=at) is None


def test_a_provider_is_set_whole_and_safe_or_not_at_all() -> None:
    whole = {"oidc_issuer": "https://id.example", "oidc_client_id": "us", "oidc_client_secret": "secret"}
    assert provider_of(Settings()) is None
    assert provider_of(Settings.model_validate(whole)) is not None
    for name in whole:
        with pytest.raises(OidcIncomplete, match="set all of"):
            provider_of(Settings.model_validate({**whole, name: None}))
    for unsafe in ("http://id.example", "https://", "https://[id", "id.example"):
        with pytest.raises(OidcIncomplete, match="must be an https address"):
            provider_of(Settings.model_validate({**whole, "oidc_issuer": unsafe}))


@pytest.mark.parametrize("cookie", [ODD_HEADER, "a.b.c"])
def test_a_ticket_that_was_not_written_here_is_refused(cookie: str, running: Running) -> None:
    with httpx2.Client(base_url=running.base_url, cookies={"perennial_oidc": cookie}) as client:
        answer = client.get(f"{START}/callback", params={"state": "a", "code": "b"})
        assert (answer.status_code, NOT_ENDED in answer.text) == (401, True)


def _at_provider(client: httpx2.Client) -> str:
    """Go to the provider and sign in there; return the way back."""
    went = client.get(START)
    assert went.status_code == 303
    return str(httpx2.get(went.headers["location"]).headers["location"])


def _back(client: httpx2.Client) -> httpx2.Response:
    return client.get(_at_provider(client))


def _signed_in(hand: Hand, identities: Directory) -> None:
    hand.hosts.append(identities.issuer)
    hand.open("/console/sign-in")
    hand.follow(f"Sign in with {NAME}")
