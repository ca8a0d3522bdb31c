"""CASH-033: whose a parcel is at present, of all who have to do with it."""

from cashiering_service.domain.parties import UNKNOWN, Parties, PartyKnown

A, B, C = (
    PartyKnown("deeded_owner", "A"),
    PartyKnown("deeded_owner", "B"),
    PartyKnown("taxpayer", "C"),
)


def test_cash_033_the_present_owner_is_the_first_of_the_deed_else_who_is_taxed() -> None:
    """Of a parcel nobody spoke of there is none."""
    assert [Parties(of).current_owner for of in ((C, A, B), (C,), ())] == [A, C, None]
    assert (UNKNOWN.first("lender"), UNKNOWN.primary_owner) == (None, None)
