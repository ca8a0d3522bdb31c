"""Discounts that are granted with the payment itself, or with the bill it waited for."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from receivables_service.accounts import BillAccount, KnownFact
from receivables_service.books import Books
from receivables_service.discounts import judging, not_granted, store
from receivables_service.discounts.judging import Paid
from receivables_service.discounts.store import AccountStanding, DiscountRequest, Entry
from receivables_service.domain.derivation import derive
from receivables_service.domain.discount_checks import Verdict, together
from receivables_service.domain.discount_facts import DiscountGranted, Judged
from receivables_service.domain.discount_notes import LEDGER
from receivables_service.domain.discount_terms import Approval
from receivables_service.domain.facts import PaymentReceived
from receivables_service.tables import BillHead
from taxkit import ids
from taxkit.inbox import Traced, Work


class _Found(NamedTuple):
    """A payment judged: logged once it is known what came of it."""

    head: BillHead
    payment: PaymentReceived
    business_date: date
    verdicts: Sequence[Verdict]
    granted: Mapping[str, DiscountGranted]
    pending: Mapping[str, DiscountRequest]
    open_before_cents: int


@dataclass
class Granting:
    """Grants one batch's payments their discounts; where the law offers none it does nothing."""

    app: Any
    work: Work
    books: Books
    _known: dict[tuple[UUID, date], AccountStanding] = field(default_factory=dict)
    _paid: dict[UUID, Paid] = field(default_factory=dict)
    _causes: dict[UUID, Traced] = field(default_factory=dict)
    _found: list[_Found] = field(default_factory=list)

    def expect(self, payments: Iterable[tuple[BillHead, Paid, Traced]]) -> None:
        """Read what is known of the accounts of payments, in one statement."""
        wanted = {}
        for head, paid, cause in payments:
            if self.app.discounts.programs(head.tax_year):
                wanted[head.bill_id, paid.paid_on] = judging.asked_of(head, paid)
                self._paid[paid.fact.fact_id] = paid
                self._causes[paid.fact.fact_id] = cause
        known = store.standings(self.work.connection, list(wanted.values()))
        self._known |= dict(zip(wanted, known, strict=True))

    def to(
        self, head: BillHead, account: BillAccount, payments: Sequence[KnownFact]
    ) -> list[KnownFact]:
        """Grant payments of a bill what they qualify for by themselves (RECV-026)."""
        return [
            KnownFact(grant, each.business_date)
            for each in payments
            if isinstance(each.fact, PaymentReceived) and each.fact.fact_id in self._paid
            for grant in self._grants(head, account, each.fact, each.business_date)
        ]

    def _grants(
        self, head: BillHead, account: BillAccount, fact: PaymentReceived, business_date: date
    ) -> Iterator[DiscountGranted]:
        assert head.tax_year is not None
        law, paid = self.app.discounts, self._paid.pop(fact.fact_id)
        timing = judging.timing_of(head, account.facts, paid, self.work.clock)
        known = self._known[head.bill_id, paid.paid_on]
        verdicts = [
            each
            for each in judging.verdicts(law, timing, account.bill_class, known, self.books)
            if each.program.automatic
        ]
        grants = {
            each.program.code: judging.grant_of(law, each, head.tax_year, fact)
            for each in together(verdicts)
        }
        pending = self._pending(head, account, fact, verdicts, grants)
        granted = {code: each for code, each in grants.items() if code not in pending}
        before = account.state.open_cents
        self._found.append(_Found(head, fact, business_date, verdicts, granted, pending, before))
        yield from granted.values()

    def _pending(
        self,
        head: BillHead,
        account: BillAccount,
        payment: PaymentReceived,
        verdicts: Sequence[Verdict],
        grants: Mapping[str, DiscountGranted],
    ) -> dict[str, DiscountRequest]:
        """Which of the grants wait for a second person (RECV-028)."""
        asking = [
            each
            for each in verdicts
            if each.program.code in grants and each.program.approval is not Approval.NONE
        ]
        if not asking:
            return {}
        state = derive([*account.facts, payment, *grants.values()], self.app.terms)
        found = {}
        for verdict in asking:
            grant = grants[verdict.program.code]
            cents = judging.taken_in(state, grant.fact_id)
            if cents and judging.needs_approval(verdict, cents):
                found[verdict.program.code] = self._request(head, grant, cents)
        return found

    def _request(self, head: BillHead, grant: DiscountGranted, cents: int) -> DiscountRequest:
        return DiscountRequest(
            request_id=ids.derived_id(grant.fact_id, "request"),
            bill_id=head.bill_id,
            payment_id=grant.payment_id,
            receipt_id=grant.receipt_id,
            parcel_number=head.parcel_number or "",
            program=grant.offer.program,
            amount_cents=cents,
            at_most_cents=None,
            exception=False,
            replaces=None,
            asked_by=LEDGER,
            reason="the program asks for a second person",
            evidence="",
            recorded_at=self.work.clock.now(),
        )

    def close(self) -> None:
        """Keep every check with its result, and what waits for a second person (RECV-024)."""
        if self._found:
            for found in self._found:
                self._tell(found)
            requests = [each for found in self._found for each in found.pending.values()]
            store.keep_requests(self.work.connection, requests)
            store.log(
                self.work.connection,
                [
                    self._entry(found, verdict)
                    for found in self._found
                    for verdict in found.verdicts
                ],
            )

    def _tell(self, found: _Found) -> None:
        """Tell what a payment in time did not get, and why: its receipt says so (RECV-032)."""
        state, payment = self.books.account(found.head.bill_id).state, found.payment
        outcome = judging.judged_in(state, payment.fact_id)
        if outcome is not None and outcome.granted_cents:
            return
        reasons = [
            not_granted.Reason(
                each.program,
                each.in_time.rate,
                *not_granted.reason_of(each, outcome, pending=each.program.code in found.pending),
                found.pending[each.program.code].amount_cents
                if each.program.code in found.pending
                else 0,
            )
            for each in found.verdicts
            if each.in_time
        ]
        if reasons:
            head, cause = self.books.head(found.head.bill_id), self._causes[payment.fact_id]
            data = not_granted.told(head, payment, found.business_date, reasons)
            self.books.tell(not_granted.EVENT, head.bill_id, data, cause)

    def _entry(self, found: _Found, verdict: Verdict) -> Entry:
        state = self.books.account(found.head.bill_id).state
        code = verdict.program.code
        grant, request = found.granted.get(code), found.pending.get(code)
        outcome = judging.judged_in(state, found.payment.fact_id) if grant else None
        cents = judging.taken_in(state, grant.fact_id) if grant else 0
        return Entry(
            "applied" if cents else "pending" if request else "refused",
            LEDGER,
            found.business_date,
            self.work.clock.now(),
            bill_id=found.head.bill_id,
            payment_id=found.payment.fact_id,
            receipt_id=found.payment.receipt_id,
            parcel_number=found.head.parcel_number or "",
            program=code,
            reason="" if cents else why_not(verdict, outcome),
            checks=verdict.checks,
            base_cents=outcome.base_cents if outcome else None,
            needed_cents=outcome.needed_cents if outcome else None,
            discount_cents=request.amount_cents if request else cents,
            open_before_cents=found.open_before_cents,
            open_after_cents=state.open_cents,
            grant_id=grant.fact_id if grant else None,
            request_id=request.request_id if request else None,
        )


def why_not(verdict: Verdict, outcome: Judged | None) -> str:
    """Say why a program gave a payment nothing."""
    if verdict.failing:
        return "; ".join(f"{each.name}: {each.seen}" for each in verdict.failing)
    if outcome is not None and not outcome.settles:
        return f"short: {outcome.paid_cents} paid, {outcome.needed_cents} needed"
    return "taken together with no other program" if outcome is None else "nothing to discount"
