"""How amounts, days and names are put into words."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from activities.mail_format import count_words, day_words, days_words, instant_words, money_words
from activities.mail_words import filled, one_line, words_of
from storage.agreements import SHIPPED, TEXTS

KINDS = (
    *("eca_request", "eca_reminder", "eca_accepted", "eca_declined", "eca_expiring", "eca_expired", "eca_replaced"),
    *("activated", "inventory_added", "renewal_reminder", "expiry_reminder", "suspended_reminder", "renewed"),
    *("renewal_held", "expired", "expired_followup", "suspended", "enabled", "renewal_mode_set", "refund_processed"),
    *("invoice", "credit_note"),
    *("mail_undelivered", "document_undelivered"),
)


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        (149000, "USD", "1,490.00 USD"),
        (1, "EUR", "0.01 EUR"),
        (0, "USD", "0.00 USD"),
        (1490, "JPY", "1,490 JPY"),
        (1490, "KWD", "1.490 KWD"),
        (123456789012, "USD", "1,234,567,890.12 USD"),
    ],
    ids=["dollars", "a cent", "nothing", "a currency without cents", "one with three digits", "much"],
)
def test_money_is_written_in_its_currency(amount: int, currency: str, words: str) -> None:
    assert money_words(amount, currency) == words


def test_days_instants_and_counts_are_written_out() -> None:
    assert day_words(date(2028, 1, 10)) == "10 January 2028"
    assert instant_words(datetime(2028, 1, 10, 0, 0, tzinfo=UTC)) == "10 January 2028, 00:00 UTC"
    assert (days_words(1), days_words(30), count_words(100_000)) == ("1 day", "30 days", "100,000")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_mail_has_its_words(kind: str) -> None:
    words = words_of(kind)
    assert set(words.show) <= {"table", "renewal", "order", "waiting", "link", "agreement"}
    assert words.sentences


def test_a_header_is_one_line_whatever_a_name_holds() -> None:
    assert one_line("Acme\r\n\tBcc: x\x00\u2028y") == "Acme Bcc: x y"


def test_a_link_is_never_broken_over_lines() -> None:
    link = "https://perennial.example/eca/" + "x-" * 40
    assert link in filled(f"Please open {link} and decide.").splitlines()


def test_the_agreement_is_plain_text_in_short_lines() -> None:
    for version, _ in SHIPPED:
        text = (TEXTS / f"eca-{version}-en.txt").read_text("utf-8")
        assert max(map(len, text.splitlines())) <= 80
        assert f"Version {version}" in text
