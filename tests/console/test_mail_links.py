"""Addresses in a mail can be clicked, and whatever else is in it stays text."""

from __future__ import annotations

from console.pages.sandbox_mailbox import with_links


def test_an_address_becomes_a_link_and_markup_stays_text() -> None:
    found = with_links('<b>Read</b> http://127.0.0.1:8000/eca/abc\nand "http://x.example/?a=1&b=2"<script>')

    assert str(found) == (
        '&lt;b&gt;Read&lt;/b&gt; <a href="http://127.0.0.1:8000/eca/abc">http://127.0.0.1:8000/eca/abc</a>\n'
        'and &#34;<a href="http://x.example/?a=1&amp;b=2">http://x.example/?a=1&amp;b=2</a>&#34;&lt;script&gt;'
    )


def test_a_mail_without_addresses_is_as_it_was() -> None:
    assert str(with_links("Nothing here.")) == "Nothing here."
