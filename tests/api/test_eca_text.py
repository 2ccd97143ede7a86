"""The agreement's text on the page."""

from __future__ import annotations

from api.eca_text import paragraphs, title
from storage.agreements import TEXTS

TEXT = (TEXTS / "eca-2026.1-en.txt").read_text("utf-8")


def test_the_page_leaves_no_word_of_the_text_out() -> None:
    shown = " ".join(f"{paragraph.number or ''} {paragraph.text}" for paragraph in paragraphs(TEXT)).split()
    head = ["ENTERPRISE", "CERTIFICATE", "AGREEMENT", "Version", "2026.1"]
    assert [*head, *shown] == TEXT.split()


def test_headings_and_clauses_are_told_apart() -> None:
    found = paragraphs(TEXT)
    assert [one.text for one in found if one.is_heading][:2] == ["1. WORDS", "2. AUTHORITY"]
    assert [one.number for one in found if one.number][-1] == "11.4"
    assert title(TEXT) == "ENTERPRISE CERTIFICATE AGREEMENT"
