"""LEVY-001: parcels are found by number, alternate number, name and address."""

import pytest


@pytest.fixture
def found(ask):
    def numbers(**given) -> list[str]:
        return [one.parcel_number for one in ask("SearchParcels", **given).parcels]

    return numbers


def test_levy_001_by_how_it_begins(register, parcel, found) -> None:
    """LEVY-001: of a name in any case and any role; signs that mean something to SQL do not."""
    register.record(parcel, ain="40_81", situs_address="100% Main St")
    register.parties(parcel, version=1, deeded_owner=["Ada O'Hara"])
    for given in ({"parcel_number": parcel[:6]}, {"ain": "40_8"}, {"situs_address": "100% m"},
                  {"name": "IMOGEN"}, {"name": "ada o'h"}):  # fmt: skip
        assert found(**given) == [parcel]
    assert found(ain="4081") == found(situs_address="1000") == found(name="mogen") == []


def test_levy_001_what_is_not_so_any_more_is_found_only_when_asked(register, parcel, found) -> None:
    """LEVY-001: a former owner's name leads to the parcel when former ones are asked for."""
    register.parties(parcel, on="2022-05-01", taxpayer=["Dolores Park"])
    assert (found(name="imogen"), found(name="dolores")) == ([], [parcel])
    assert found(name="imogen", with_former=True) == [parcel]


def test_levy_001_page_by_page(levy, roll, found, ask) -> None:
    """LEVY-001: every parcel once, in the order of their numbers."""
    levy.load(roll.whole(2021))
    all_of_them, token = [], ""
    while True:
        page = ask("SearchParcels", parcel_number="1", page_size=3, page_token=token)
        all_of_them += [one.parcel_number for one in page.parcels]
        if not (token := page.next_page_token):
            break
    assert all_of_them == sorted(set(all_of_them)) == found(parcel_number="1")
    assert len(all_of_them) > 3


@pytest.mark.parametrize("given", [{}, {"name": "a", "ain": "b"}, {"name": "  "}],
                         ids=["none", "two", "blank"])  # fmt: skip
def test_levy_001_one_thing_is_searched_for(refused, ask, given) -> None:
    """LEVY-001: neither nothing nor several at once."""
    assert refused(ask, "SearchParcels", **given) == "SEARCH_BY_ONE"
