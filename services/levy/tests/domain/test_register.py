"""LEVY-001: what a parcel is on a day follows from what was said of it, in whatever order."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levy_service.domain.register import (
    PARTIES_MAX,
    Party,
    Role,
    Saying,
    changes_anything,
    slips,
    state_on,
)

DAY = date(2022, 1, 1)
VALE, PARK = Party("Imogen Vale", "i@example.org", "PO Box 12"), Party("Dolores Park")


def said(on: date, number: int, **parties: Party) -> Saying:
    return Saying(on, number, parties={Role(role): (one,) for role, one in parties.items()})


sayings = st.lists(
    st.builds(
        Saying,
        st.dates(DAY, DAY + timedelta(days=5)),
        st.integers(1, 10**6),
        st.dictionaries(st.sampled_from(["ain", "district"]), st.sampled_from(["", "a", "b"])),
        st.dictionaries(
            st.sampled_from(list(Role)), st.lists(st.sampled_from([VALE, PARK]), max_size=2)
        ).map(lambda of: {role: tuple(holders) for role, holders in of.items()}),
    ),
    unique_by=lambda one: one.number,
    max_size=8,
)


@given(sayings, st.randoms(use_true_random=False), st.dates(DAY, DAY + timedelta(days=6)))
def test_levy_001_the_order_in_which_it_is_told_is_nothing(told, chance, on) -> None:
    """LEVY-001: by the day, and of one day by what was recorded later; never by arrival."""
    shuffled = list(told)
    chance.shuffle(shuffled)
    assert state_on(shuffled, on) == state_on(told, on)


@given(sayings)
def test_levy_001_a_day_past_is_not_touched_by_a_later_one(told) -> None:
    """LEVY-001: who was the owner on a day stays so, whatever is said from the day after on."""
    later = Saying(DAY + timedelta(days=6), 10**7, {"ain": "z"}, {Role.TAXPAYER: (PARK,)})
    before = DAY + timedelta(days=5)
    assert state_on([*told, later], before) == state_on(told, before)
    after = state_on([*told, later], later.effective_on)
    assert (after.facts["ain"], after.parties[Role.TAXPAYER]) == ("z", (PARK,))


def test_levy_001_who_was_it_on_a_day() -> None:
    """LEVY-001: a sale, and a deed of a day before that is recorded after it."""
    sale = said(date(2022, 5, 1), 1, taxpayer=PARK)
    roll = said(date(2022, 1, 1), 2022 - 10_000, taxpayer=VALE)
    trust = Party("Vale Family Trust")
    late = said(date(2022, 3, 1), 2, taxpayer=trust)
    on_file = [roll, sale, late]
    days = [date(2022, 2, 1), date(2022, 4, 1), date(2022, 6, 1)]
    assert [state_on(on_file, on).parties[Role.TAXPAYER] for on in days] == [
        (VALE,), (trust,), (PARK,),
    ]  # fmt: skip
    assert Role.TAXPAYER not in state_on(on_file, date(2021, 12, 31)).parties


def test_levy_001_a_roll_that_names_who_is_on_record_leaves_their_address() -> None:
    """LEVY-001: a roll knows a name; another name takes the place."""
    known = said(date(2022, 5, 1), 1, taxpayer=VALE)
    same = said(date(2023, 1, 1), 2023 - 10_000, taxpayer=Party("Imogen Vale"))
    other = said(date(2024, 1, 1), 2024 - 10_000, taxpayer=PARK)
    assert state_on([known, same], date(2023, 6, 1)).parties[Role.TAXPAYER] == (VALE,)
    after = state_on([known, same, other], date(2024, 6, 1))
    assert (after.parties[Role.TAXPAYER], after.since[Role.TAXPAYER]) == (
        (PARK,), date(2024, 1, 1),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("roles", "shown"),
    [
        ({}, None),
        ({"taxpayer": VALE}, VALE),
        ({"taxpayer": VALE, "deeded_owner": PARK}, PARK),
        ({"taxpayer": VALE, "deeded_owner": PARK, "primary_owner": VALE}, VALE),
        ({"lender": VALE, "account_contact": PARK}, None),
    ],
    ids=["nobody", "taxpayer", "deeded", "chosen", "others"],
)
def test_levy_001_the_primary_owner_is_a_choice_of_display(roles, shown) -> None:
    """LEVY-001: what was chosen, else the first deeded owner, else the taxpayer."""
    assert state_on([said(DAY, 1, **roles)], DAY).primary_owner == shown


def test_levy_001_a_role_said_without_anybody_is_nobodys() -> None:
    """LEVY-001: a paid-off loan has no lender any more; a text taken away is not there."""
    before = Saying(DAY, 1, {"ain": "4081"}, {Role.LENDER: (PARK,)})
    after = Saying(DAY, 2, {"ain": ""}, {Role.LENDER: ()})
    state = state_on([before, after], DAY)
    assert (state.facts, state.parties) == ({}, {})
    assert changes_anything([before], after)
    assert not changes_anything([before, after], Saying(DAY, 3, {"ain": ""}))


@pytest.mark.parametrize(
    ("role", "parties", "reason"),
    [
        ("owner", [VALE], "ROLE_UNKNOWN"),
        ("taxpayer", [VALE, PARK], "TOO_MANY_PARTIES"),
        ("taxpayer", [Party(" ")], "TEXT_MISSING"),
        ("taxpayer", [Party("a" * 201)], "TEXT_INVALID"),
        ("taxpayer", [Party("a\x00")], "TEXT_INVALID"),
        ("taxpayer", [Party("a", lender_code="PHL")], "LENDER_BY_CODE"),
        ("lender", [VALE], "LENDER_BY_CODE"),
    ],
    ids=["role", "two", "nameless", "long", "control", "code", "lender"],
)
def test_levy_001_a_party_that_cannot_be_is_told(role, parties, reason) -> None:
    """LEVY-001: each slip with its place."""
    assert [one.reason for one in slips(role, parties)] == [reason]


def test_levy_001_a_deed_may_name_many() -> None:
    """LEVY-001: deeded owners up to their number, and none of it is a slip."""
    many = [Party(f"Owner {number}") for number in range(PARTIES_MAX[Role.DEEDED_OWNER])]
    assert list(slips("deeded_owner", many)) == []
    assert list(slips("lender", [Party("", lender_code="PHL")])) == []
