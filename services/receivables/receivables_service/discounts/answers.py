"""Discounts as the API answers them."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from millage.receivables.v1 import discounts_pb2 as pb
from receivables_service.discounts.doing import Answer
from receivables_service.discounts.evaluating import Evaluation
from receivables_service.discounts.running import Page
from receivables_service.discounts.weighing import Weighed
from receivables_service.domain.discount_checks import Check
from receivables_service.domain.discount_notes import note_on
from receivables_service.domain.discount_terms import Program, Roll, calendar_of


def program(one: Program, tax_year: int, on: date, roll: Roll) -> pb.DiscountProgram:
    return pb.DiscountProgram(
        code=one.code,
        name=one.name,
        discount_type=one.discount_type.value,
        gl_account=one.gl_account,
        approval=one.approval.value,
        approval_above_cents=one.approval_above_cents or 0,
        partial=one.partial.value,
        automatic=one.automatic,
        classes=one.classes,
        proofs=one.proofs,
        excluded_flags=one.excluded_flags,
        stacks_with=one.stacks_with,
        periods=[
            pb.ProgramPeriod(
                rate=str(rate),
                first_day=first.isoformat(),
                last_day=last.isoformat(),
                days_left=(last - on).days + 1 if first <= on <= last else 0,
            )
            for rate, first, last in calendar_of(one, tax_year, None, roll)
        ],
    )


def evaluation(found: Evaluation) -> pb.DiscountEvaluation:
    return pb.DiscountEvaluation(
        bill_id=str(found.bill_id),
        amount_cents=found.paid.fact.amount_cents,
        paid_on=found.paid.paid_on.isoformat(),
        open_before_cents=found.open_before_cents,
        verdicts=map(_verdict, found.weighed),
    )


def _verdict(weighed: Weighed) -> pb.ProgramVerdict:
    verdict, judged = weighed.verdict, weighed.judged
    eligible = verdict.eligible
    return pb.ProgramVerdict(
        program=verdict.program.code,
        eligible=eligible,
        checks=[_check(each.name, each.passed, each.seen) for each in verdict.checks],
        rate=str(weighed.grant.offer.rate),
        last_day=verdict.in_time.last_day.isoformat() if verdict.in_time else "",
        base_cents=judged.base_cents if judged else 0,
        full_cents=judged.full_cents if judged else 0,
        needed_cents=judged.needed_cents if judged else 0,
        discount_cents=weighed.discount_cents if eligible else 0,
        open_after_cents=weighed.open_after_cents + (0 if eligible else weighed.discount_cents),
        needs_approval=weighed.needs_approval,
        bases=[
            pb.InstallmentBase(
                installment=row.installment,
                charge_type=row.charge_type.value,
                charge_code=row.charge_code,
                base_cents=row.base_cents,
                discount_cents=row.amount_cents,
            )
            for row in weighed.rows
        ],
    )


def _check(name: str, passed: bool, seen: str) -> pb.DiscountCheck:
    return pb.DiscountCheck(name=name, passed=passed, seen=seen)


def answer(found: Answer) -> pb.DiscountAnswer:
    return pb.DiscountAnswer(
        state=found.state,
        request_id=str(found.request_id or ""),
        grant_id=str(found.grant_id or ""),
        program=found.program,
        discount_cents=found.discount_cents,
        open_cents=found.open_cents,
    )


def qualifying(bill_id: UUID, weighed: Weighed) -> pb.QualifyingPayment:
    return pb.QualifyingPayment(
        bill_id=str(bill_id),
        receipt_id=str(weighed.grant.receipt_id),
        program=weighed.verdict.program.code,
        discount_cents=weighed.discount_cents,
        needs_approval=weighed.needs_approval,
    )


def run(page: Page) -> pb.DiscountRun:
    return pb.DiscountRun(
        run_id=str(page.run_id),
        finished=page.finished,
        items=[
            pb.RunItem(
                bill_id=str(each.bill_id),
                payment_id=str(each.payment_id),
                outcome=each.outcome,
                program=each.program,
                discount_cents=each.discount_cents,
                said=each.said,
            )
            for each in page.items
        ],
    )


def history(
    savings: Sequence[Any], requests: Sequence[Any], proofs: Sequence[Any], log: Iterable[Any]
) -> pb.DiscountHistory:
    return pb.DiscountHistory(
        savings=[
            pb.YearSavings(tax_year=row.tax_year, program=row.program, saved_cents=row.saved_cents)
            for row in savings
        ],
        requests=map(_request, requests),
        proofs=map(_proof, proofs),
        log=map(_line, log),
    )


def _request(row: Any) -> pb.DiscountRequestView:
    decided = {None: "pending", True: "granted", False: "denied"}
    return pb.DiscountRequestView(
        request_id=str(row.request_id),
        bill_id=str(row.bill_id),
        receipt_id=str(row.receipt_id),
        program=row.program,
        amount_cents=row.amount_cents,
        exception=row.exception,
        asked_by=row.asked_by,
        reason=row.reason,
        evidence=row.evidence,
        state=decided[row.granted],
        decided_by=row.decided_by or "",
        note=row.note or "",
    )


def _proof(row: Any) -> pb.DiscountProof:
    return pb.DiscountProof(
        proof_id=str(row.proof_id),
        parcel_number=row.parcel_number,
        kind=row.kind,
        reference=row.reference,
        valid_from=row.valid_from.isoformat(),
        valid_through=row.valid_through.isoformat() if row.valid_through else "",
        filed_by=row.filed_by,
    )


def _note(row: Any) -> str:
    """The ledger's note on a discount (RECV-032)."""
    checked = [Check(*one) for one in row.checks]
    return note_on(row.discount_type, row.rate, checked, row.action, row.actor, row.evidence)


def _line(row: Any) -> pb.DiscountLogLine:
    return pb.DiscountLogLine(
        action=row.action,
        bill_id=str(row.bill_id or ""),
        receipt_id=str(row.receipt_id or ""),
        program=row.program,
        actor=row.actor,
        reason=row.reason,
        evidence=row.evidence,
        checks=[_check(*one) for one in row.checks],
        discount_cents=row.discount_cents or 0,
        open_before_cents=row.open_before_cents or 0,
        open_after_cents=row.open_after_cents or 0,
        recorded_at=row.recorded_at.isoformat(),
        discount_type=row.discount_type or "",
        rate=row.rate or "",
        rule_id=row.rule_id or "",
        note=_note(row) if row.rate else "",
    )
