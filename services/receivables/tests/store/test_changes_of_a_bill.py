"""The worked sequences through the ledger of a real database: facts kept, postings balanced."""

import random
import sys
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from receivables_service import store
from receivables_service.accounts import BillAccount, KnownFact, Named
from receivables_service.domain.derivation import derive
from receivables_service.domain.facts import (
    BillIssued,
    InterestAndPenaltyWaived,
    LockLifted,
    PaymentReceived,
    PaymentReversed,
    WaivedAmount,
)
from receivables_service.domain.ledger import PostingKind
from receivables_service.domain.terms import ChargeType, CollectionType
from receivables_service.journal import draft_move

sys.path.insert(0, str(Path(__file__).parents[1] / "domain"))

from stories import PENALTY, START, Story, cells, expected, terms
from test_sequences import SEQUENCES, facts_of

BILL = UUID(int=7)
NAMED = Named(None, "13264290020000", 2019)
_CELLS = """
select case when receipt_id is null then '' else 'pay ' end || collection_type || ' '
       || charge_type || ' ' || installment, sum(amount_cents)::bigint / 100
from ledger_entries where ledger_account = 'taxes_receivable' group by 1
having sum(amount_cents) <> 0
"""


def moves_of(account, known):
    fact = known.fact
    if isinstance(fact, BillIssued):
        return account.issue(known)
    if isinstance(fact, PaymentReceived):
        return account.pay(fact.receipt_id, [known])
    if isinstance(fact, PaymentReversed):
        return account.reverse(fact.receipt_id, known)
    return account.change(known)


def take(app, fact, law):
    """One fact in a transaction of its own: read what is known, add it, post what it moves."""
    with app.database.begin() as connection:
        store.lock_bills(connection, [BILL])
        account = BillAccount(BILL, store.facts_of_bills(connection, [BILL])[BILL], law)
        moves = moves_of(account, KnownFact(fact, fact.effective_on))
        drafts = [draft_move(BILL, each, NAMED, law.pack_version, {}) for each in moves]
        store.append(
            connection,
            [store.fact_rows.row_of(each, BILL) for each in account.added],
            [draft.posting_row(START) for draft in drafts],
            [row for draft in drafts for row in draft.entry_rows()],
        )
    return moves


def known_facts(app):
    with app.database.begin() as connection:
        return [each.fact for each in store.facts_of_bills(connection, [BILL])[BILL]]


@pytest.mark.parametrize("name", SEQUENCES)
@pytest.mark.parametrize("seed", [None, 1, 2])
def test_recv_002_to_008_a_sequence_ends_in_the_rows_of_its_table_in_any_order(
    app, ledger, name, seed
):
    """AC-5 to AC-10: posted fact by fact, shuffled or not, the ledger holds the last column."""
    steps, law, table = SEQUENCES[name]
    facts = facts_of(steps)
    if seed is not None:
        random.Random(seed).shuffle(facts)
    for fact in facts:
        take(app, fact, law)

    last = [step for step in steps if not isinstance(steps[step], date)][-1]
    wanted = expected(table)[last]
    held = {name: wanted.pop(name, 0) for name in ("surplus", "open")}
    assert wanted == dict(ledger.rows(_CELLS))
    assert held["surplus"] * -100 == ledger.balance("surplus_liability")
    assert held["open"] * 100 == ledger.balance("taxes_receivable")
    assert derive(facts, law) == derive(known_facts(app), law)


def test_recv_003_default_and_correction_post_charges_apart_from_the_money_they_move(app):
    """RECV-003, RECV-006: AC-9's default moves no money; its correction moves one receipt's."""
    steps, law, _ = SEQUENCES["AC-9"]
    kinds = [[move.kind for move in take(app, fact, law)] for fact in facts_of(steps)]

    assert kinds == [
        [PostingKind.ISSUE],
        [PostingKind.PAYMENT],
        [PostingKind.DEFAULT],
        [PostingKind.CORRECTION, PostingKind.REALLOCATION],
    ]


def test_every_kind_of_fact_is_read_back_as_it_was_written(app, ledger):
    """A fact kept is the fact told: the state derives from what the database holds."""
    story, law, on = Story(), terms(penalty=PENALTY, interest=(1, 100)), date(2020, 5, 1)
    check = story.pay(300, on)
    facts = [story.issue(500, 500), check, story.fee(25, on)]
    facts.append(story.transfer(CollectionType.UNSECURED, on))
    waived = (WaivedAmount(1, ChargeType.PENALTY, 100), WaivedAmount(2, ChargeType.INTEREST, 50))
    facts.append(InterestAndPenaltyWaived(UUID(int=70), on, START, waived))
    facts.append(LockLifted(UUID(int=71), date(2020, 5, 2), START))
    facts += [story.transfer(CollectionType.SECURED, date(2020, 5, 3)), story.default()]
    facts += [story.void(check, date(2020, 5, 4)), story.correct(400, 400, on=date(2020, 9, 1))]
    facts.append(story.reallocate(date(2020, 9, 2)))
    for fact in facts:
        take(app, fact, law)
        take(app, fact, law)

    assert sorted(facts, key=lambda each: each.fact_id) == sorted(
        known_facts(app), key=lambda each: each.fact_id
    )
    state = derive(facts, law)
    assert state.open_cents == ledger.balance("taxes_receivable")
    assert ledger.rows(
        "select charge_code, sum(amount_cents)::bigint from ledger_entries"
        " where ledger_account = 'fee_income' group by 1"
    ) == [("returned_check", -2_500)]
    assert cells(derive(facts[:1], law)) == {"S tax 1": 500, "S tax 2": 500, "open": 1000}
