"""DIST-001: a bill with lines by fund gives each fund what the ledger says is its own."""

from datetime import date
from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from distribution_service.domain.restating import share_all
from distribution_service.domain.sharing import (
    NO_FUND,
    Posting,
    Row,
    line_key,
    net_rows,
    share,
    unpaid,
)
from distribution_service.domain.terms import ChargeType, Terms

TERMS = Terms("law/tax/2018", "law/interest/2010", "010010000", "County of Cook")
BILL, DAY, TAX = UUID(int=1), date(2023, 3, 1), ChargeType.TAX
LINES = {
    line_key("010010000", "general"): 600,
    line_key("010010000", "debt"): 400,
    line_key("020120000", ""): 300,
    line_key("030250000", ""): 100,
}


def posting(number: int, *rows: tuple[int, int, str], kind: str = "payment") -> Posting:
    """A row is (receipt, cents, fund)."""
    moved = net_rows((UUID(int=receipt), TAX, cents, fund) for receipt, cents, fund in rows)
    receipt = UUID(int=rows[0][0])
    return Posting(UUID(int=number), receipt, BILL, number, kind, DAY, 2021, moved)


def held(*postings: Posting, lines: dict[str, int] = LINES) -> dict[str, int]:
    bill, _ = share_all(unpaid(lines), postings, TERMS)
    return dict(zip(bill.agencies, bill.held_cents, strict=True))


def test_dist_001_what_is_for_a_fund_is_that_funds_alone() -> None:
    """Others get nothing of it; what is for no fund is shared by the lines that have none."""
    found = held(posting(1, (7, 250, "010010000/debt"), (7, 41, NO_FUND)))
    assert found == {
        "010010000/debt": 250,
        "010010000/general": 0,
        "020120000": 31,
        "030250000": 10,
    }


def test_dist_001_where_the_ledger_says_nothing_of_funds_all_lines_share() -> None:
    """Agency by agency it is what it was without funds, but for a cent of rounding a fund."""
    found = held(posting(1, (7, 700, "")))
    assert found == {key: cents // 2 for key, cents in LINES.items()}


def test_dist_002_a_fund_gives_back_what_it_had_of_a_receipt() -> None:
    """Row by row: the other receipt's money stays where it was."""
    paid = posting(1, (7, 250, "010010000/debt"), (7, 41, NO_FUND), (8, 3, NO_FUND))
    back = posting(2, (7, -250, "010010000/debt"), (7, -41, NO_FUND), kind="reversal")
    found = held(paid, back)
    assert sum(found.values()) == 3
    assert found["010010000/debt"] == found["010010000/general"] == 0


def test_dist_001_a_fund_that_is_none_of_the_bills_is_shared_by_all_lines() -> None:
    """Until the ledger moves the money: no cent waits for a line that is not there."""
    paid = posting(1, (7, 700, "010010000/gone"))
    moved = posting(2, (7, -700, "010010000/gone"), (7, 400, "010010000/debt"), (7, 300, NO_FUND))
    assert sum(held(paid).values()) == 700
    assert sum(held(paid, moved).values()) == 700


_funds = st.dictionaries(
    st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from(["", "general", "debt"])),
    st.integers(0, 100_000),
    min_size=1,
).filter(lambda lines: sum(lines.values()) > 0)


@given(_funds, st.data())
def test_dist_001_paid_in_any_parts_every_fund_has_its_line(lines, data) -> None:
    """And an agency the sum of its funds, to the cent."""
    due = {line_key(*key): cents for key, cents in lines.items()}
    wanted: dict[str, int] = {}
    for (agency, fund), cents in lines.items():
        key = line_key(agency, fund) if fund else NO_FUND
        wanted[key] = wanted.get(key, 0) + cents
    made = []
    for fund, cents in wanted.items():
        cuts = data.draw(st.lists(st.integers(0, cents), max_size=4))
        parts = [after - before for before, after in pairwise([0, *sorted(cuts), cents])]
        made += [(len(made) + place, part, fund) for place, part in enumerate(parts) if part]
    shuffled = data.draw(st.permutations(made))
    postings = [posting(place, row) for place, row in enumerate(shuffled, start=1)]
    assert held(*postings, lines=due) == due


@given(_funds, st.integers(1, 10_000))
def test_dist_001_the_parts_of_a_row_add_up_to_it(lines, cents: int) -> None:
    bill = unpaid({line_key(*key): amount for key, amount in lines.items()})
    for fund in (*bill.agencies, NO_FUND, "", "x/y"):
        row = Row(UUID(int=7), TAX, cents, fund)
        one = Posting(UUID(int=2), row.receipt_id, BILL, 1, "payment", DAY, 2021, (row,))
        _, made = share(bill, one, {}, TERMS)
        assert [sum(each.cents) for each in made] == [cents]
