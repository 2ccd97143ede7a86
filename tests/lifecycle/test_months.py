from __future__ import annotations

from datetime import date

import pytest

from lifecycle.months import Month, months_between


def test_a_month_is_half_open_and_knows_its_neighbours() -> None:
    december = Month.parse("2027-12")

    assert (december.start, december.end, december.year) == (date(2027, 12, 1), date(2028, 1, 1), 2027)
    assert (str(december.following()), str(december.before())) == ("2028-01", "2027-11")
    assert Month.of(date(2027, 12, 31)) == december


@pytest.mark.parametrize(
    "written", ["2027-13", "2027-00", "0000-01", "9999-12", "2027-1", "2027-01-01", "", "\u0662\u0660\u0662\u0667-01"]
)
def test_what_is_no_month_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Month.parse(written)


def test_the_months_between_two_are_both_and_all_between_them() -> None:
    first, last = Month.parse("2027-11"), Month.parse("2028-02")

    assert [str(month) for month in months_between(first, last)] == ["2027-11", "2027-12", "2028-01", "2028-02"]
    assert months_between(last, first) == ()
    assert months_between(first, first) == (first,)
