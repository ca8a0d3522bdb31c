"""RECV-062: what each pack says of part payments, and what an office sets over it."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from cashiering_service import part_law
from cashiering_service.domain.counter_settings import SettingSet
from cashiering_service.domain.part_payments import ANY_PART, Accepted, Least, PartPayments
from taxkit.dated import NoTermInForce

JURISDICTIONS = Path(__file__).parents[4] / "jurisdictions"
DAY = date(2022, 12, 15)
WHOLE = PartPayments(Accepted.INSTALLMENTS)


@pytest.mark.parametrize(
    ("jurisdiction", "said"),
    [
        ("us-il-cook", ANY_PART),
        ("us-tx", ANY_PART),
        ("us-ia", PartPayments(Accepted.ALWAYS, Least.CHARGES)),
        ("us-co", WHOLE),
        ("us-wa", WHOLE),
        ("us-ca", WHOLE),
    ],
)
def test_recv_062_each_pack_says_what_it_takes(jurisdiction: str, said: PartPayments) -> None:
    """RECV-062: and where any part is taken nothing need be asked."""
    law = part_law.load(str(JURISDICTIONS), jurisdiction)
    assert law.at(DAY) == said
    assert law.may_ask is (said != ANY_PART)


def test_recv_062_before_the_law_on_file_nothing_is_guessed() -> None:
    """RECV-062: never the first term known."""
    with pytest.raises(NoTermInForce):
        part_law.load(str(JURISDICTIONS), "us-il-cook").at(date(2017, 12, 31))


def _set(jurisdiction: str, value: str) -> part_law.PartLaw:
    given = (SettingSet("partial_only_coded", value, date(2022, 12, 1)),)
    return replace(part_law.load(str(JURISDICTIONS), jurisdiction), set_here=lambda: given)


def test_recv_062_an_office_asks_for_codes_from_a_day_on() -> None:
    """Q-33: a setting, besides what else the law asks."""
    law = _set("us-ia", "on")
    assert law.at(date(2022, 11, 30)) == PartPayments(Accepted.ALWAYS, Least.CHARGES)
    assert law.at(DAY) == PartPayments(Accepted.CODED_ONLY, Least.CHARGES)
    assert _set("us-il-cook", "on").may_ask
    assert law.as_written.at(DAY).accepted is Accepted.ALWAYS


@pytest.mark.parametrize("value", ["on", "off"])
def test_recv_062_no_office_takes_what_the_law_returns(value: str) -> None:
    """RECV-062: where whole installments only are taken the setting changes nothing."""
    assert _set("us-co", value).at(DAY) == WHOLE
