"""Commands on discounts: ask, decide, take back, file a proof; one transaction each."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from receivables_service.accounts import KnownFact
from receivables_service.asked import Asked, open_bill
from receivables_service.books import Books
from receivables_service.discounts import judging, program_events, store
from receivables_service.discounts.doing import Answer, Doing, Wish, grant_it, let_wait
from receivables_service.discounts.judging import Paid
from receivables_service.discounts.store import DiscountRequest, Entry
from receivables_service.discounts.weighing import Scales, Weighed
from receivables_service.domain.discount_checks import Check, Proof
from receivables_service.domain.discount_facts import DiscountReversed
from receivables_service.domain.ledger import PostingKind
from taxkit import ids
from taxkit.errors import Refusal, conflict, invalid, not_found
from taxkit.inbox import Work
from taxkit.persons import is_among


def scales_of(app: Any, books: Books, bill_id: UUID) -> Scales:
    account = books.account(bill_id)
    return Scales(app.discounts, app.terms, app.clock, books.head(bill_id), account.facts)


def paid_of(work: Work, scales: Scales, receipt_id: UUID) -> Paid:
    """A receipt's payment on a bill, with its postmark if it has one."""
    payment = scales.payment_of(receipt_id)
    return Paid(payment, store.postmarks(work.connection, [receipt_id]).get(receipt_id))


def request(app: Any, work: Work, wish: Wish, asked: Asked) -> Answer:
    """Ask for a discount: granted at once where nobody else has to agree (RECV-028, RECV-029)."""
    books = open_bill(work, app.terms, wish.bill_id)
    doing = Doing(work, books, wish.bill_id, asked)
    answer = _request(app, doing, wish, None)
    doing.close()
    return answer


def _request(app: Any, doing: Doing, wish: Wish, replaces: UUID | None) -> Answer:
    work = doing.work
    scales = scales_of(app, doing.books, wish.bill_id)
    paid = paid_of(work, scales, wish.receipt_id)
    payment_id = paid.fact.fact_id
    if scales.granted(payment_id, wish.program) is not None:
        raise conflict("DISCOUNT_GRANTED", f"{wish.program} is granted to this payment already")
    if store.is_pending(work.connection, payment_id, wish.program):
        raise conflict("DISCOUNT_PENDING", f"{wish.program} waits for a second person already")
    (known,) = store.standings(work.connection, [judging.asked_of(scales.head, paid)])
    verdict = scales.program_verdict(paid, known, wish.program)
    _refuse_without_exception(verdict.failing, wish, late_too=verdict.program.late_exceptions)
    if replaces is None and (former := scales.taken_back(payment_id, wish.program)):
        replaces = former.fact_id
    weighed = scales.weigh(
        paid, verdict, at_most_cents=wish.at_most_cents, exception=wish.exception, replaces=replaces
    )
    _refuse_short(paid, weighed)
    if wish.exception or weighed.needs_approval:
        return let_wait(doing, wish, weighed)
    return grant_it(doing, weighed, "applied", wish.evidence)


def decide(
    app: Any, work: Work, request_id: UUID, note: str, asked: Asked, *, grant: bool
) -> Answer:
    """Grant or deny what waits; never by who asked (RECV-028)."""
    found = store.request_of(work.connection, request_id)
    if found is None:
        raise not_found("DISCOUNT_REQUEST_NOT_FOUND", f"no request {request_id}")
    wanted, decision = found
    if decision is not None:
        raise conflict("DISCOUNT_DECIDED", f"{decision.decided_by} decided this already")
    if is_among(asked.user, (wanted.asked_by,)):
        raise Refusal("SECOND_PERSON_NEEDED", "who asked for a discount does not decide on it")
    books = open_bill(work, app.terms, wanted.bill_id)
    now = work.clock.now()
    if not grant:
        store.keep_decision(work.connection, request_id, asked.user, note, None, now)
        before = books.account(wanted.bill_id).state.open_cents
        store.log(work.connection, [_decided(work, wanted, asked, note, before)])
        return Answer("denied", wanted.program, 0, before, request_id)
    scales = scales_of(app, books, wanted.bill_id)
    paid = paid_of(work, scales, wanted.receipt_id)
    if scales.granted(wanted.payment_id, wanted.program) is not None:
        raise conflict("DISCOUNT_GRANTED", f"{wanted.program} is granted to this payment already")
    (known,) = store.standings(work.connection, [judging.asked_of(scales.head, paid)])
    verdict = scales.program_verdict(paid, known, wanted.program)
    weighed = scales.weigh(
        paid, verdict, at_most_cents=wanted.at_most_cents, exception=wanted.exception,
        replaces=wanted.replaces,
    )  # fmt: skip
    _refuse_changed(paid, weighed, wanted)
    doing = Doing(work, books, wanted.bill_id, replace(asked, reason=note))
    done = grant_it(doing, weighed, "approved", wanted.evidence, request_id)
    store.keep_decision(work.connection, request_id, asked.user, note, done.grant_id, now)
    doing.close()
    return done


def reverse(app: Any, work: Work, wish: Wish, again: Wish | None, asked: Asked) -> Answer:
    """Take a discount back, and ask for another in its place if one is named (RECV-030)."""
    books = open_bill(work, app.terms, wish.bill_id)
    scales = scales_of(app, books, wish.bill_id)
    payment = scales.payment_of(wish.receipt_id)
    granted = scales.granted(payment.fact_id, wish.program)
    if granted is None:
        raise not_found("DISCOUNT_NOT_FOUND", f"no {wish.program} stands on this payment")
    account, today = books.account(wish.bill_id), work.clock.today()
    before, cents = account.state.open_cents, judging.taken_in(account.state, granted.fact_id)
    fact = DiscountReversed(ids.new_id(), today, work.clock.now(), granted.fact_id)
    books.change(wish.bill_id, KnownFact(fact, today), PostingKind.DISCOUNT, asked)
    doing = Doing(work, books, wish.bill_id, asked)
    entry = doing.entry(granted, "reversed", wish.evidence)
    store.log(
        work.connection,
        [replace(entry, discount_cents=cents, open_before_cents=before)],
    )
    doing.added.append(fact.fact_id)
    done = Answer("reversed", wish.program, cents, account.state.open_cents, None, granted.fact_id)
    if again is not None:
        done = _request(app, doing, again, granted.fact_id)
    doing.close()
    return done


def file_proof(work: Work, parcel_number: str, proof: Proof, asked: Asked) -> UUID:
    """Keep a proof of age or income, for the days it counts (RECV-024)."""
    proof_id, now = ids.new_id(), work.clock.now()
    store.keep_proof(work.connection, proof_id, parcel_number, proof, asked.user, now)
    told = program_events.proof_filed(proof_id, parcel_number, proof)
    work.emit(program_events.PROOF_FILED, f"discount-proof/{proof_id}", 1, told, cause=asked)
    said = f"{proof.kind}: {proof.reference}"
    store.log(
        work.connection,
        [
            Entry("proof_filed", asked.user, work.clock.today(), now, parcel_number=parcel_number,
                  evidence=said)
        ],
    )  # fmt: skip
    return proof_id


def _refuse_without_exception(failing: Sequence[Check], wish: Wish, *, late_too: bool) -> None:
    if wish.exception and not wish.evidence:
        raise invalid("EVIDENCE_MISSING", "an exception names its document", "evidence")
    if failing and not wish.exception:
        said = "; ".join(f"{each.name}: {each.seen}" for each in failing)
        raise Refusal("DISCOUNT_NOT_ELIGIBLE", f"the payment does not qualify: {said}")
    if any(each.name == "timely" for each in failing) and not late_too:
        raise Refusal("LATE_EXCEPTION_BARRED", f"{wish.program} is never granted late")


def _refuse_short(paid: Paid, weighed: Weighed) -> None:
    if weighed.discount_cents:
        return
    if weighed.judged is None:
        raise Refusal("DISCOUNT_SHORT", "the payment was taken back, or pays nothing of the bill")
    brings, needed = paid.fact.amount_cents, weighed.judged.needed_cents
    raise Refusal("DISCOUNT_SHORT", f"the payment brings {brings} cents, {needed} would be needed")


def _refuse_changed(paid: Paid, weighed: Weighed, wanted: DiscountRequest) -> None:
    """A second person grants what was asked for: never nothing, and never more (RECV-028)."""
    _refuse_short(paid, weighed)
    if weighed.discount_cents > wanted.amount_cents:
        raise Refusal(
            "DISCOUNT_CHANGED",
            f"{wanted.amount_cents} cents were asked for, the bill as it is now would be let off"
            f" {weighed.discount_cents}: deny it, and have it asked for again",
            metadata={"discount_cents": str(weighed.discount_cents)},
        )


def _decided(
    work: Work, wanted: DiscountRequest, asked: Asked, note: str, open_cents: int
) -> Entry:
    return Entry(
        "denied",
        asked.user,
        work.clock.today(),
        work.clock.now(),
        bill_id=wanted.bill_id,
        payment_id=wanted.payment_id,
        receipt_id=wanted.receipt_id,
        parcel_number=wanted.parcel_number,
        program=wanted.program,
        reason=note,
        discount_cents=0,
        open_before_cents=open_cents,
        open_after_cents=open_cents,
        request_id=wanted.request_id,
    )
