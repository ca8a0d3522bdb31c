"""LEVY-001: a roll brings what the register keeps, all of it in sets."""

import pytest

from millage.levy.v1 import levy_pb2 as pb


@pytest.fixture
def load(levy, roll, app):
    """Load a year's first parcels, each changed by a function first."""

    def send(year, change, count=3, **header):
        parts = roll.parcels(year)[:count]
        for number, part in enumerate(parts, start=13_264_290_020_000):
            part.parcel.parcel_number = str(number)
        for part in parts:
            change(part.parcel)
        levy.load([roll.header(year, **header), *roll.rates(year), *parts])
        return [part.parcel.parcel_number for part in parts]

    return send


def with_parties(parcel: pb.Parcel) -> None:
    parcel.ain, parcel.situs_address = f"A-{parcel.parcel_number}", "1 Main St"
    for role, name in (("deeded_owner", "First"), ("deeded_owner", "Second"),
                       ("account_contact", "Desk")):  # fmt: skip
        parcel.parties.append(pb.RollParty(role=role, party=pb.RegisteredParty(name=name)))


def test_levy_001_a_roll_carries_parties_and_facts(register, load, told) -> None:
    """LEVY-001: from the roll's day on; told once of each parcel."""
    numbers = load(2021, with_parties)
    found = register.get(numbers[0])
    assert register.holders(found)["deeded_owner"] == ["First", "Second"]
    assert (found.ain, found.situs_address) == (f"A-{numbers[0]}", "1 Main St")
    assert (found.version, found.primary_owner) == (1, "First")
    assert found.parties[-1].since == "2021-01-01"
    assert sorted(one["subject"] for one in told("PartiesChanged")) == sorted(
        f"register/{number}" for number in numbers
    )


def test_levy_001_the_next_roll_records_only_what_is_new(register, load, told) -> None:
    """LEVY-001: the same again is nothing; the day may be said; an older day takes its place."""
    numbers = load(2020, with_parties, parcels_as_of="2020-03-01")
    load(2021, with_parties)
    assert {register.get(one).version for one in numbers} == {1}
    assert len(told("PartiesChanged")) == len(numbers)
    register.parties(numbers[0], version=1, on="2021-05-01", deeded_owner=["Third"])
    assert register.holders(register.get(numbers[0], "2020-02-29")).get("deeded_owner") is None
    assert register.holders(register.get(numbers[0], "2020-03-01"))["deeded_owner"] == [
        "First",
        "Second",
    ]
    assert register.holders(register.get(numbers[0]))["deeded_owner"] == ["Third"]


def test_levy_001_a_roll_names_lenders_by_their_codes(register, load, told) -> None:
    """LEVY-001: told by the name the code stands for; the same code again is nothing new."""
    register.lender("PHL", "Prairie Home Lending")

    def mortgaged(parcel: pb.Parcel) -> None:
        party = pb.RegisteredParty(lender_code="PHL")
        parcel.parties.append(pb.RollParty(role="lender", party=party))

    (number,) = load(2020, mortgaged, count=1)
    (event,) = told("PartiesChanged")
    (lender,) = [one["party"] for one in event["data"]["parties"] if one["role"] == "lender"]
    assert (lender["name"], lender["lender_code"]) == ("Prairie Home Lending", "PHL")
    load(2021, mortgaged, count=1)
    assert (register.get(number).version, len(told("PartiesChanged"))) == (1, 1)


def test_levy_001_a_taxpayer_named_beside_another_owner_is_recorded(register, load) -> None:
    """LEVY-001: the roll's own owner_name of a later year does not stand against it."""

    def taxed(parcel: pb.Parcel) -> None:
        party = pb.RegisteredParty(name="Vale Trust")
        parcel.parties.append(pb.RollParty(role="taxpayer", party=party))

    (number,) = load(2020, taxed, count=1)
    load(2021, taxed, count=1)
    assert register.holders(register.get(number))["taxpayer"] == ["Vale Trust"]
    assert register.get(number).version == 2


def test_levy_001_what_was_changed_since_is_said_anew(register, load) -> None:
    """LEVY-001: a roll that says what an older one did, against a change between them."""
    (number,) = load(2020, with_parties, count=1)
    register.parties(number, version=1, on="2020-06-01", deeded_owner=["Third"])
    load(2021, with_parties, count=1)
    assert register.holders(register.get(number))["deeded_owner"] == ["First", "Second"]
    assert register.get(number).version == 3


def test_levy_001_exemptions_claimed_on_a_roll_are_in_the_register(register, load) -> None:
    """LEVY-001: as the roll claims them."""

    def claim(parcel: pb.Parcel) -> None:
        parcel.compute_net_value, parcel.net_value_dollars = True, 0
        parcel.exemptions.append(pb.Exemption(code="homeowner"))

    (number,) = load(2021, claim, count=1)
    assert [one.code for one in register.get(number).exemptions] == ["homeowner"]


@pytest.mark.parametrize(
    ("role", "party", "reason"),
    [
        ("owner", {"name": "A"}, "ROLE_UNKNOWN"),
        ("taxpayer", {"name": ""}, "TEXT_MISSING"),
        ("lender", {"lender_code": "NONE"}, "LENDER_UNKNOWN"),
        ("lender", {"name": "Bank"}, "LENDER_BY_CODE"),
    ],
    ids=["role", "name", "unknown", "code"],
)
def test_levy_001_a_roll_with_a_party_that_cannot_be_is_refused(
    load, refused, role, party, reason, count
) -> None:
    """LEVY-001: whole, with the place; nothing of it is kept."""

    def spoil(parcel: pb.Parcel) -> None:
        sent = pb.RollParty(role=role, party=pb.RegisteredParty(**party))
        parcel.parties.append(sent)

    before = count()
    assert refused(load, 2021, spoil) == reason
    assert count() == before


def test_levy_001_a_day_to_come_is_not_told_of(load, refused) -> None:
    """LEVY-001: parcels_as_of is never after today."""
    assert refused(load, 2021, with_parties, parcels_as_of="2023-04-01") == "DATE_INVALID"
