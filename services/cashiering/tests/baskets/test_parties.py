"""CASH-033, CASH-034: whoever levy's register names pays; its lenders are the counter's."""

import itertools
from typing import Any

import pytest

from taxkit import testing

PIN, OTHER = "55555555555555", "66666666666666"
_sequences = itertools.count(1)


def party(name: str, email: str | None = None, lender_code: str = "") -> dict[str, Any]:
    return {"name": name, "email": email, "mailing_address": "", "lender_code": lender_code}


@pytest.fixture
def tell(app):
    """PartiesChanged.v1 as levy sends it: roles with names or parties."""

    def told(parcel: str, sequence: int = 0, shown: str = "", ain: str = "", **roles) -> None:
        sequence = sequence or next(_sequences)
        parties = [
            {"role": role, "since": "2022-01-01",
             "party": one if isinstance(one, dict) else party(one)}
            for role, holders in roles.items() for one in holders
        ]  # fmt: skip
        data = {
            "parcel_number": parcel, "version": sequence, "ain": ain, "parties": parties,
            "primary_owner": party(shown) if shown else None,
        }  # fmt: skip
        kind = "org.millage.levy.PartiesChanged.v1"
        body = testing.foreign_event(kind, f"register/{parcel}", data, sequence=sequence)
        app.consumer.absorb("on_parties_changed", [body, body])

    return told


@pytest.fixture
def tell_lender(app):
    def told(code: str, name: str, sequence: int) -> None:
        data = {"lender_code": code, "version": sequence, "name": name, "email": None}
        kind = "org.millage.levy.LenderChanged.v1"
        body = testing.foreign_event(kind, f"lender/{code}", data, sequence=sequence)
        app.consumer.absorb("on_lender_changed", [body])

    return told


@pytest.fixture(autouse=True)
def known(bills) -> None:
    bills((PIN, 2021, 500))


def test_cash_033_the_taxpayer_pays_and_the_line_resets_to_the_primary_owner(
    window, basket, tell
) -> None:
    """CASH-033: the default, a name typed over it, and back to the owner who is shown."""
    tell(PIN, shown="Vale Trust", taxpayer=["Imogen Vale"], deeded_owner=["Vale Trust", "B"])
    loaded = window.load(basket, parcel_number=PIN)
    assert loaded.payer.name == "Imogen Vale"
    (line,) = loaded.lines
    assert (line.primary_owner, [one.name for one in line.parties]) == (
        "Vale Trust", ["Imogen Vale", "Vale Trust", "B"],
    )  # fmt: skip
    home = window.change("SetPayer", loaded, name="Ada", mailing_address="1 Main St")
    assert home.payer.mailing_address == "1 Main St"
    typed = window.change("SetPayer", home, name="Ada", email="a@example.org", verified=True)
    assert typed.payer.mailing_address == ""
    assert (typed.payer.name, typed.payer.email, typed.payer.verified) == (
        "Ada", "a@example.org", True,
    )  # fmt: skip
    reset = window.change("SetPayer", typed, from_line=line.line_number)
    assert (reset.payer.name, reset.payer.email, reset.payer.verified) == ("Vale Trust", "", False)


def test_cash_033_what_was_told_last_counts(window, basket, tell, rows) -> None:
    """CASH-033: an older word that comes late changes nothing."""
    tell(PIN, sequence=2, taxpayer=["Dolores Park"])
    tell(PIN, sequence=1, taxpayer=["Imogen Vale"])
    assert window.load(basket, parcel_number=PIN).payer.name == "Dolores Park"
    assert rows("select version from parcel_parties") == [(2,)]


def test_cash_033_a_parcel_nobody_told_of_is_paid_by_whom_it_was_billed_to(window, basket) -> None:
    """CASH-033: a roll without parties says no more."""
    loaded = window.load(basket, parcel_number=PIN)
    assert loaded.payer.name == loaded.lines[0].owner_name != ""
    assert (loaded.lines[0].primary_owner, list(loaded.lines[0].parties)) == ("", [])


ADVANCE = {"service_type": "advance", "advance_type": "regular", "amount_cents": 2_500}


def test_cash_033_an_advance_is_the_present_owners_or_the_contacts(
    window, basket, tell, county, session
) -> None:
    """CASH-033: by the setting; the taxpayer as billed where nobody told."""
    tell(PIN, taxpayer=["Imogen Vale"], deeded_owner=["Vale Trust"], account_contact=["Desk"])
    assert window.load(basket, parcel_number=PIN, **ADVANCE).payer.name == "Vale Trust"
    off = county({"verified_payer: false": "verified_payer: false\n      use_current_owner: false"})
    other = off.open(session.session_id)
    assert off.load(other, parcel_number=PIN, **ADVANCE).payer.name == "Desk"


def test_cash_069_an_advance_on_a_parcel_without_bills_is_found_in_the_register(
    window, basket, tell, refused
) -> None:
    """CASH-069: by its number or its AIN; one nobody knows is refused."""
    refused("PARCEL_NOT_FOUND", window.load, basket, parcel_number=OTHER, **ADVANCE)
    tell(OTHER, ain="4081-017", taxpayer=["Dolores Park"])
    refused("PARCEL_NOT_FOUND", window.load, basket, parcel_number=OTHER, ain="9", **ADVANCE)
    for keys in ({"parcel_number": OTHER}, {"ain": "4081-017"}):
        loaded = window.load(basket, **keys, **ADVANCE)
        assert loaded.lines[-1].parcel_number == OTHER
    assert loaded.payer.name == "Dolores Park"


def test_cash_014_an_alternate_number_of_the_register_leads_to_its_bills(
    window, basket, tell
) -> None:
    """CASH-014: nobody has to record it at the counter."""
    tell(PIN, ain="4081-018")
    loaded = window.load(basket, ain="4081-018")
    assert [one.parcel_number for one in loaded.lines] == [PIN]


def test_cash_034_the_registers_lender_is_the_counters(window, basket, tell_lender, refused, tell):
    """CASH-034: a code means here what it means there, and is changed there only."""
    lender = {"lender_code": "PHL", "name": "Prairie"}
    window.call("RecordLender", lender=lender)
    tell_lender("PHL", "Prairie Home Lending", 1)
    tell(PIN, lender=[party("Prairie Home Lending", lender_code="PHL")])
    loaded = window.load(basket, parcel_number=PIN)
    (held,) = loaded.lines[0].parties
    assert (held.role, held.lender_code) == ("lender", "PHL")
    paid_by = window.change("SetPayer", loaded, lender_code=held.lender_code).payer
    assert (paid_by.name, paid_by.lender_code) == ("Prairie Home Lending", "PHL")
    refused("LENDER_OF_REGISTER", window.call, "RecordLender", lender=lender)
    tell_lender("PHL", "Prairie Bank", 2)
    again = window.get(basket.basket_id)
    assert [one.name for one in again.lines[0].parties] == ["Prairie Bank"]
    assert window.change("SetPayer", again, lender_code="PHL").payer.name == "Prairie Bank"


def test_cash_033_parties_that_cannot_be_read_are_parked(app, rows) -> None:
    """CASH-033: and nothing of them is kept."""
    kind = "org.millage.levy.PartiesChanged.v1"
    body = testing.foreign_event(kind, "register/1", {"parcel_number": "1"}, sequence=1)
    app.consumer.absorb("on_parties_changed", [body])
    assert [reason for reason, _ in testing.parked(app)] == ["DATA_INVALID"]
    assert rows("select count(*) from parcel_parties") == [(0,)]
