"""Documents as PDF: the same bytes always, in every script, over many pages, whatever a name holds."""

from __future__ import annotations

import io
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import psutil
import pypdf
import pytest

from activities.document_pdf import pdf_of
from activities.document_text import FONTS, printable
from activities.printed import PrintedParty
from lifecycle.invoices import DocumentKind
from lifecycle.wording import bare_money
from support_documents import document_of_lines, line_of, pages_of, words_on

TESTS = Path(__file__).parents[1]
AGAIN = """
import hashlib, sys
sys.path[:0] = sys.argv[1:]
from activities.document_pdf import pdf_of
from support_documents import document_of_lines, line_of
lines = (line_of(n, customer="株式会社 Łódź") for n in range(1, 40))
print(hashlib.sha256(pdf_of(document_of_lines(*lines))).hexdigest())
"""
NAMES = {
    "Latin with diacritics": "Łódź Žižkov Ünïcödé Şırnak Tại Việt Nam Þórður Œuvre",
    "Greek": "Ελληνική Εταιρεία Πιστοποίησης",
    "polytonic Greek": "Ἀθῆναι ἐταιρεία",
    "Cyrillic": "ООО «Ромашка» Ћирилица Київ Ўзбекистон",
    "Japanese": "株式会社日本認証サービス",
    "Korean": "한국인증주식회사",
    "simplified Chinese": "北京数字证书有限公司",
    "traditional Chinese": "臺灣數位憑證股份有限公司",
    "Armenian": "Վկայական",
    "Georgian": "სერტიფიკატი",
}
# Readers put right-to-left and reordered scripts back in ways of their own, so of these only the letters are compared.
REORDERED = {
    "Arabic": "شركة الشهادات",
    "Persian": "گواهی\u200cنامه",
    "Hebrew": "חברת התעודות",
    "Thai": "บริษัท",
    "Devanagari": "भारत",
}


@pytest.fixture(params=["invoice", "credit note"])
def pdf(request: pytest.FixtureRequest) -> pypdf.PdfReader:
    kind = DocumentKind.INVOICE if request.param == "invoice" else DocumentKind.CREDIT_NOTE
    amount = 21_636 if request.param == "invoice" else -21_636
    return pypdf.PdfReader(io.BytesIO(pdf_of(document_of_lines(line_of(amount), kind=kind))))


def test_a_document_says_that_it_is_pdf_ua_1_and_is_tagged(pdf: pypdf.PdfReader) -> None:
    root = root_of(pdf)
    metadata = root["/Metadata"].get_data().decode()
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert pdf.metadata is not None
    assert pdf.metadata.title in {"Invoice INV-2027-000123", "Credit note INV-2027-000123"}


def test_its_table_is_a_table_to_a_reader_for_the_blind(pdf: pypdf.PdfReader) -> None:
    tags = set(_tags(root_of(pdf)["/StructTreeRoot"]))
    assert {"/Table", "/THead", "/TH", "/TBody", "/TR", "/TD", "/H1"} <= tags


def test_its_fonts_are_embedded(pdf: pypdf.PdfReader) -> None:
    resources: Any = pdf.pages[0]["/Resources"]
    fonts = resources["/Font"].values()
    for font in fonts:
        descriptor = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)


def test_the_same_document_is_the_same_file_in_this_process_and_in_others() -> None:
    hashes = {
        subprocess.run(
            (sys.executable, "-c", AGAIN, str(TESTS), str(TESTS.parent / "src")),
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for _ in range(2)
    }
    document = document_of_lines(*(line_of(n) for n in range(1, 40)))
    first = pdf_of(document)
    pdf_of(document_of_lines(line_of(7)))
    assert pdf_of(document) == first
    assert len(hashes) == 1


def test_the_day_on_which_it_was_made_is_the_file_s_and_nothing_else_of_time_is_in_it(pdf: pypdf.PdfReader) -> None:
    assert pdf.metadata is not None
    assert pdf.metadata.creation_date == datetime.fromisoformat("2027-02-01T02:00:00+00:00")
    assert pdf.metadata.modification_date in {None, pdf.metadata.creation_date}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_a_name_is_shown_in_its_script(name: str) -> None:
    party = PrintedParty(name=name, country="DE")
    told = words_on(pdf_of(document_of_lines(line_of(1, customer=name, reseller=name), account=party)))
    assert "".join(told.split()).count("".join(name.split())) == 3
    assert "\ufffd" not in told


@pytest.mark.parametrize("name", REORDERED.values(), ids=REORDERED.keys())
def test_a_name_is_shown_in_a_script_that_is_reordered(name: str) -> None:
    told = words_on(pdf_of(document_of_lines(line_of(1, customer=name))))
    assert {character for character in name if character.isalpha()} <= set(told)
    assert "\ufffd" not in told


def test_a_character_that_no_font_has_is_seen_to_be_missing() -> None:
    told = words_on(pdf_of(document_of_lines(line_of(1, customer="Rocket 🚀 𐎀 Ltd \U000f0000"))))
    assert "Rocket \ufffd \ufffd Ltd \ufffd" in told


def test_what_turns_text_around_or_is_not_seen_is_left_out() -> None:
    told = words_on(pdf_of(document_of_lines(line_of(1, customer="Ac\u202eme\ufeff\u2066 \u00adGmbH"))))
    assert "Acme GmbH" in told
    assert printable("می\u200cخواهم") == "می\u200cخواهم"


def test_a_mark_on_a_letter_of_another_font_costs_that_name_its_marks_and_no_other() -> None:
    odd = "\u0772\u1d9d\ua66c\u1e0c\u04fe\u02f9\u065d\u33b2\u0324\ufbee\u05b3\u05da"
    told = words_on(pdf_of(document_of_lines(line_of(1, customer=odd), line_of(2, customer="प्रमाणपत्र Łódź"))))
    assert "\u33b2\ufffd" in told
    assert "Łódź" in told
    assert told.count("\ufffd") == sum(character in odd for character in "\u065d\u0324\u05b3")


def test_whatever_a_name_holds_a_document_is_made() -> None:
    random = Random(4711)
    bounds = (line.split("-") for line in (FONTS / "coverage.txt").read_text("ascii").split())
    shown = [code for first, last in bounds for code in range(int(first, 16), int(last, 16) + 1)]
    names = ["".join(chr(random.choice(shown)) for _ in range(12)) for _ in range(300)]
    names += ["".join(chr(random.randrange(0x20, 0xD800)) for _ in range(12)) for _ in range(100)]
    names += [chr(code) for code in (0, 0xAD, 0x600, 0xFDD0, 0xFFFE, 0xFFFF, 0x10FFFF)]
    pdf = pdf_of(document_of_lines(*(line_of(1, customer=name, text="x") for name in names)))
    assert pdf.startswith(b"%PDF-")


@pytest.mark.parametrize(
    "text", ['#import "x"', "*bold* _it_ $x^2$", "\\", "<a> @b", "[", "]", "// no comment", "= no heading"]
)
def test_text_is_data_and_never_markup(text: str) -> None:
    assert text in words_on(pdf_of(document_of_lines(line_of(1, customer=text, text=text))))


def test_a_word_as_wide_as_a_page_stays_within_its_column() -> None:
    party = PrintedParty(name="W" * 200, country="GS", tax_id="W" * 32)
    pdf = pdf_of(document_of_lines(line_of(1, customer="W" * 200, text="M" * 64), account=party, seller=party))
    right = 0.0

    def seen(text: str, _matrix: list[float], place: list[float], _font: object, _size: float) -> None:
        nonlocal right
        if set(text.strip()) in ({"W"}, {"M"}):
            right = max(right, place[4] + len(text.strip()) * 6.6)  # no W or M of 8 pt is narrower

    for page in pypdf.PdfReader(io.BytesIO(pdf)).pages:
        page.extract_text(visitor_text=seen)
    assert 100 < right < 595
    assert words_on(pdf).replace(" ", "").count("W" * 200) == 4  # in the footer, too


def test_a_thousand_lines_carry_their_sum_from_page_to_page() -> None:
    random = Random(7)
    lines = [line_of(random.randint(-50_000, 400_000), customer=f"Company {n:04}") for n in range(1000)]
    document = document_of_lines(*lines, carried_credit=-5_000)
    pages = pages_of(pdf_of(document))

    running, seen = 0, 0
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in page
        if number > 1:
            assert _after(page, "Brought forward") == bare_money(running, "USD")
        here = page.count("Company ")
        assert [f"Company {n:04}" in page for n in range(seen, seen + here)] == [True] * here
        running, seen = running + sum(line.amount for line in lines[seen : seen + here]), seen + here
        if number < len(pages):
            assert here > 5
            assert _after(page, "Carried forward") == bare_money(running, "USD")
    assert seen == 1000
    assert f"Subtotal {bare_money(running, 'USD')} USD" in " ".join(pages[-1].split())
    assert "Carried forward" not in pages[-1]
    assert "Brought forward" not in pages[0]
    assert "Credit carried from before -50.00 USD" in " ".join(pages[-1].split())


def test_rendering_keeps_no_memory() -> None:
    random, process = Random(3), psutil.Process()

    def rendered() -> int:
        lines = (line_of(random.randint(1, 10**6), text=f"{random.getrandbits(256)} {n}") for n in range(400))
        pdf_of(document_of_lines(*lines))
        return process.memory_info().rss

    before = [rendered() for _ in range(3)][-1]
    after = [rendered() for _ in range(8)][-1]
    assert after - before < 40 * 2**20  # what is kept of eight would be more than 200 MB


def test_a_credit_note_says_that_nothing_is_to_be_paid_and_why_there_is_no_tax() -> None:
    document = document_of_lines(
        line_of(-9_366),
        kind=DocumentKind.CREDIT_NOTE,
        number="CN-2027-000007",
        tax_rate_bp=0,
        tax=0,
        tax_note="reverse_charge",
        total=-9_366,
    )
    told = words_on(pdf_of(document))
    assert told.startswith("Credit note CN-2027-000007")
    assert "Credit -93.66 USD" in told
    assert "Reverse charge: the tax is due by the recipient." in told
    assert "Nothing is to be paid. The credit is carried to the next document." in told
    assert "Due" not in told


def test_a_currency_without_cents_has_none() -> None:
    told = words_on(pdf_of(document_of_lines(line_of(1_234_567), currency="JPY")))
    assert "Amount JPY" in told
    assert "Subtotal 1,234,567 JPY" in told


def test_a_document_of_an_installation_without_operator_has_no_sender() -> None:
    told = words_on(pdf_of(document_of_lines(line_of(1), seller=None)))
    assert "From" not in told
    assert "To Nordlicht GmbH" in told


def _after(page: str, words: str) -> str:
    return page.split(words, 1)[1].split(maxsplit=1)[0]


def root_of(pdf: pypdf.PdfReader) -> Any:
    """The root of a PDF's objects."""
    return pdf.trailer["/Root"]


def _tags(element: Any) -> list[str]:
    found = element.get_object() if hasattr(element, "get_object") else element
    if isinstance(found, list):
        return [tag for child in found for tag in _tags(child)]
    if not isinstance(found, dict):
        return []
    own = [str(found["/S"])] if "/S" in found else []
    return own + (_tags(found["/K"]) if "/K" in found else [])
