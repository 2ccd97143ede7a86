"""A running product with its console, users of each role, and a browser."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import date
from zlib import crc32

import pytest
from playwright.sync_api import Browser

from counts import ran_on
from support_browser import WAYS, At, Hand, Way, at_page, chromium
from support_oidc import CLIENT_ID, CLIENT_SECRET, NAME, Directory, directory
from support_places import Things, things_of
from support_product import Running, Seat, start_running
from support_visitors import ADMIN

# The day on which the sandbox begins: the one that the worked examples of the rules are reckoned from.
TODAY = date(2026, 11, 22)
PROCEDURES = frozenset(
    {
        "test_a_customer_is_added",
        "test_every_element_of_a_customers_details_is_edited",
        "test_a_subscription_is_added_in_five_steps",
        "test_products_are_added_at_the_charge_that_was_shown",
        "test_what_renews_is_set_and_follows_the_inventory_again",
        "test_a_subscription_is_suspended_and_enabled_again",
        "test_the_agreement_is_accepted_by_the_link_in_the_mail_and_the_page_says_by_whom",
        "test_the_request_is_sent_again_with_a_new_link_and_not_twice_in_ten_minutes",
        "test_somebody_else_is_asked",
        "test_a_refund_of_two_orders_gives_back_what_was_shown_to_the_cent",
    }
)
"""The procedures of the portal's manual."""
SETTINGS = {"PERENNIAL_SANDBOX_DAY": str(TODAY), "PERENNIAL_WEBHOOKS_PRIVATE": "true"}


@pytest.fixture(scope="session")
def identities() -> Iterator[Directory]:
    """A provider of identities."""
    with directory() as found:
        yield found


@pytest.fixture(scope="session")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory, identities: Directory) -> Iterator[Running]:
    """The product as `make up` runs it, with a provider at which people may sign in."""
    data = tmp_path_factory.mktemp("console")
    provider = {
        "PERENNIAL_OIDC_ISSUER": identities.issuer,
        "PERENNIAL_OIDC_CLIENT_ID": CLIENT_ID,
        "PERENNIAL_OIDC_CLIENT_SECRET": CLIENT_SECRET,
        "PERENNIAL_OIDC_NAME": NAME,
    }
    running = start_running(data, f"sqlite:///{data}/perennial.db", settings=SETTINGS | provider)
    yield running
    running.end()


@pytest.fixture
def running(request: pytest.FixtureRequest, on_sqlite: Running) -> Running:
    """The product, whose use is counted."""
    ran_on(request, "SQLite")
    ran_on(request, "the engine")
    return on_sqlite


@pytest.fixture
def seat(running: Running) -> Seat:
    """The sandbox's distributor, by the API."""
    return running.seat()


@pytest.fixture
def operator(running: Running) -> Seat:
    """The sandbox's operator, by the API."""
    return running.seat("operator")


@pytest.fixture
def today() -> date:
    """The sandbox's day."""
    return TODAY


@pytest.fixture(scope="module")
def browser(on_sqlite: Running) -> Iterator[Browser]:
    """Debian's Chromium, after the product and for one file: its own loop lets no other run in this thread."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def things(on_sqlite: Running) -> Things:
    """One of everything that pages show; made before a file's browser is there, by one of its own."""
    with chromium() as started, at_page(started, on_sqlite.base_url) as hand:
        hand.sign_in(ADMIN, on_sqlite.passwords()[ADMIN])
        return things_of(on_sqlite, hand, TODAY)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What the manual describes is done in all ways; the rest in one of them, and in all with `--long`."""
    chosen = [one.args[0] for one in metafunc.definition.iter_markers("parametrize")]
    if "way" not in metafunc.fixturenames or "way" in chosen:
        return
    name = metafunc.definition.nodeid
    is_of_manual = metafunc.function.__name__ in PROCEDURES
    one = WAYS[crc32(name.encode()) % len(WAYS)]
    metafunc.parametrize("way", WAYS if is_of_manual or metafunc.config.getoption("--long") else (one,))


@pytest.fixture
def at_console(running: Running, browser: Browser) -> At:
    """Somebody who is signed in, `as_` one of the sandbox's users: admin, sales, billing, technician or ops."""
    passwords = running.passwords()
    addresses = {address.partition("@")[0]: address for address in passwords}

    @contextmanager
    def signed_in(way: Way = "mouse", *, as_: str = "admin", width: int = 1280) -> Generator[Hand]:
        with at_page(browser, running.base_url, way=way, width=width) as hand:
            hand.sign_in(addresses[as_], passwords[addresses[as_]])
            yield hand

    return signed_in
