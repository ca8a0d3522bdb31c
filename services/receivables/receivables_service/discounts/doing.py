"""What commands and runs do to one bill: grant, or let wait for a second person."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from receivables_service.accounts import BillAccount, KnownFact
from receivables_service.asked import Asked, keep_requests
from receivables_service.books import Books
from receivables_service.discounts import judging, store
from receivables_service.discounts.store import DiscountRequest, Entry
from receivables_service.discounts.weighing import Weighed
from receivables_service.domain.discount_facts import DiscountGranted
from receivables_service.domain.ledger import PostingKind
from taxkit import ids
from taxkit.inbox import Work


@dataclass(frozen=True, slots=True)
class Wish:
    """A discount as somebody asks for it."""

    bill_id: UUID
    receipt_id: UUID
    program: str
    at_most_cents: int | None
    exception: bool
    evidence: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a command."""

    state: str
    program: str
    discount_cents: int
    open_cents: int
    request_id: UUID | None = None
    grant_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Doing:
    """A command under way on one bill: its books, and who asks why."""

    work: Work
    books: Books
    bill_id: UUID
    asked: Asked
    # What it adds, for which who asked is kept once it is written.
    added: list[UUID] = field(default_factory=list)

    @property
    def account(self) -> BillAccount:
        return self.books.account(self.bill_id)

    def close(self) -> None:
        """Write the books, and who asked for what is in them."""
        self.books.close()
        self.keep()

    def keep(self) -> None:
        keep_requests(self.work, self.asked, [(each, self.bill_id) for each in self.added])

    def entry(self, grant: DiscountGranted, action: str, evidence: str) -> Entry:
        """Begin a line of the log."""
        return Entry(
            action,
            self.asked.user,
            self.work.clock.today(),
            self.work.clock.now(),
            bill_id=self.bill_id,
            payment_id=grant.payment_id,
            receipt_id=grant.receipt_id,
            parcel_number=self.books.head(self.bill_id).parcel_number or "",
            program=grant.offer.program,
            reason=self.asked.reason,
            evidence=evidence,
            open_after_cents=self.account.state.open_cents,
            grant_id=grant.fact_id,
        )


def keep_waiting(doing: Doing, weighed: Weighed) -> Answer:
    """Let what a run found wait for a second person."""
    grant = weighed.grant
    wish = Wish(doing.bill_id, grant.receipt_id, grant.offer.program, None, False, "")
    return let_wait(doing, wish, weighed)


def let_wait(doing: Doing, wish: Wish, weighed: Weighed) -> Answer:
    work, grant = doing.work, weighed.grant
    wanted = DiscountRequest(
        request_id=ids.new_id(),
        bill_id=wish.bill_id,
        payment_id=grant.payment_id,
        receipt_id=grant.receipt_id,
        parcel_number=doing.books.head(wish.bill_id).parcel_number or "",
        program=wish.program,
        amount_cents=weighed.discount_cents,
        at_most_cents=wish.at_most_cents,
        exception=wish.exception,
        replaces=grant.replaces,
        asked_by=doing.asked.user,
        reason=doing.asked.reason,
        evidence=wish.evidence,
        recorded_at=work.clock.now(),
    )
    store.keep_requests(work.connection, [wanted])
    entry = replace(
        doing.entry(grant, "requested", wish.evidence),
        checks=weighed.verdict.checks,
        discount_cents=weighed.discount_cents,
        open_before_cents=doing.account.state.open_cents,
        request_id=wanted.request_id,
        grant_id=None,
    )
    store.log(work.connection, [entry])
    open_cents = doing.account.state.open_cents
    return Answer("pending", wish.program, weighed.discount_cents, open_cents, wanted.request_id)


def grant_it(
    doing: Doing, weighed: Weighed, action: str, evidence: str, request_id: UUID | None = None
) -> Answer:
    """Write the grant, post what it takes off, and keep why."""
    (answer,) = grant_all(doing, [weighed], action, evidence, request_id)
    return answer


def grant_all(
    doing: Doing,
    stack: Sequence[Weighed],
    action: str,
    evidence: str,
    request_id: UUID | None = None,
) -> list[Answer]:
    """Write the grants of one payment; what each takes is known once all of them are there."""
    before = doing.account.state.open_cents
    grants = [_post(doing, weighed) for weighed in stack]
    return [
        _keep_why(doing, weighed, grant, before, (action, evidence, request_id))
        for weighed, grant in zip(stack, grants, strict=True)
    ]


def _post(doing: Doing, weighed: Weighed) -> DiscountGranted:
    grant = weighed.grant
    if doing.account.knows(grant.fact_id):
        grant = replace(grant, fact_id=ids.new_id())
    grant = replace(grant, recorded_at=doing.work.clock.now())
    known = KnownFact(grant, doing.work.clock.today())
    doing.books.change(doing.bill_id, known, PostingKind.DISCOUNT, doing.asked)
    doing.added.append(grant.fact_id)
    return grant


def _keep_why(
    doing: Doing,
    weighed: Weighed,
    grant: DiscountGranted,
    before: int,
    said: tuple[str, str, UUID | None],
) -> Answer:
    (action, evidence, request_id), state = said, doing.account.state
    cents = judging.taken_in(state, grant.fact_id)
    if action == "applied" and not cents:
        action = "refused"  # of a stack one may take nothing, as it may with the payment itself
    entry = replace(
        doing.entry(grant, action, evidence),
        checks=weighed.verdict.checks,
        discount_cents=cents,
        base_cents=weighed.judged.base_cents if weighed.judged else None,
        needed_cents=weighed.judged.needed_cents if weighed.judged else None,
        open_before_cents=before,
        request_id=request_id,
    )
    store.log(doing.work.connection, [entry])
    program = grant.offer.program
    return Answer("applied", program, cents, state.open_cents, request_id, grant.fact_id)
