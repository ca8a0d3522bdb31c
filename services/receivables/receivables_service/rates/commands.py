"""Commands that change how a bill's debt grows; one transaction each."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from receivables_service.accounts import KnownFact
from receivables_service.asked import Asked, effective, keep_requests, open_bill
from receivables_service.books import Books
from receivables_service.codes import coding
from receivables_service.domain.ledger import PostingKind
from receivables_service.domain.rate_facts import AgencyHolding, CodeLifted, CodeSet, RateChange
from receivables_service.domain.terms import Terms
from taxkit import ids
from taxkit.errors import Refusal, invalid
from taxkit.inbox import Work


@dataclass(frozen=True, slots=True)
class Code:
    """A code as it is to be set, with its own rates if it has any."""

    name: str
    charge_code: str = ""
    monthly_rate: Decimal | None = None
    penalty_rate: Decimal | None = None
    through: date | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What of a bill's terms is so after a command."""

    codes: tuple[str, ...]
    held_by_agency: bool
    open_cents: int


def set_code(
    terms: Terms, work: Work, bill_id: UUID, code: Code, on: date | None, asked: Asked
) -> Standing:
    """Put a code on a bill or its fees; set again, its new rates count from then on (RECV-018)."""
    books = open_bill(work, terms, bill_id)
    day = effective(work, on)
    if code.through is not None and code.through < day:
        raise invalid("CODE_DATES_INVALID", f"the code ends before {day}", "through")
    if code.charge_code and not any(
        row.charge_code == code.charge_code for row in books.account(bill_id).state.charges
    ):
        raise Refusal("FEE_NOT_FOUND", f"the bill bears no fee {code.charge_code}")
    fact = CodeSet(
        ids.new_id(), day, work.clock.now(), code.name, code.monthly_rate, code.penalty_rate,
        code.through, code.charge_code,
    )  # fmt: skip
    return _change(books, work, bill_id, fact, asked)


def lift_code(
    terms: Terms, work: Work, bill_id: UUID, code: Code, on: date | None, asked: Asked
) -> Standing:
    books = open_bill(work, terms, bill_id)
    if code.name not in books.account(bill_id).state.codes:
        raise Refusal("CODE_NOT_SET", f"code {code.name} is not on bill {bill_id}")
    head = (ids.new_id(), effective(work, on), work.clock.now())
    return _change(books, work, bill_id, CodeLifted(*head, code.name, code.charge_code), asked)


def hold(
    terms: Terms, work: Work, bill_id: UUID, on: date | None, asked: Asked, *, held: bool
) -> Standing:
    """Let the terms of a bill held by the tax-sale agency count, or no longer (RECV-013)."""
    books = open_bill(work, terms, bill_id)
    if books.account(bill_id).state.held_by_agency is held:
        said = "is held already" if held else "is not held"
        raise Refusal("HOLDING_UNCHANGED", f"bill {bill_id} {said}")
    fact = AgencyHolding(ids.new_id(), effective(work, on), work.clock.now(), held)
    return _change(books, work, bill_id, fact, asked)


def _change(books: Books, work: Work, bill_id: UUID, fact: RateChange, asked: Asked) -> Standing:
    if isinstance(fact, CodeSet | CodeLifted):
        coding.hear_settings(books, work, [(bill_id, fact.code)])
        changed = coding.change(books, work, bill_id, fact, asked)
        coding.close(books, work, asked, [changed])
    else:
        books.change(bill_id, KnownFact(fact, work.clock.today()), PostingKind.TERMS, asked)
        books.close()
        keep_requests(work, asked, [(fact.fact_id, bill_id)])
    account = books.account(bill_id)
    state = account.state
    return Standing(state.codes, state.held_by_agency, account.owed(work.clock.today()))
