"""Special assessments in the words of the contract."""

from typing import Any

from sqlalchemy import Connection

from levy_service.specials import dividing, store
from millage.levy.v1 import specials_pb2 as pb


def whole(connection: Connection, row: Any) -> pb.Special:
    """An assessment with everything that is known of it."""
    answer = head(row)
    answer.divided_from = dividing.divided_from(connection, row.assessment_id)
    states = store.tract_states(connection, [row.assessment_id])[row.assessment_id]
    answer.tracts.extend(
        pb.SpecialTract(
            tract=each.tract,
            principal_cents=each.principal_cents,
            left_cents=each.left_cents,
            paid_off=each.paid_off,
        )
        for each in states
    )
    answer.installments.extend(map(_installment, store.installments(connection, row.assessment_id)))
    answer.steps.extend(map(_step, store.steps(connection, row.assessment_id)))
    return answer


def head(row: Any) -> pb.Special:
    return pb.Special(
        assessment_id=str(row.assessment_id),
        assessment_number=row.assessment_number,
        agency_code=row.agency_code,
        agency_name=row.agency_name,
        project=row.project,
        parcel_number=row.parcel_number,
        is_ditch=row.is_ditch,
        principal_cents=row.principal_cents,
        years=row.years,
        rate_percent=f"{row.rate_percent.normalize():f}",
        method=row.method,
        first_year=row.first_year,
        interest_from=row.interest_from.isoformat(),
        days_in_year=row.days_in_year,
        status=row.status,
        left_cents=row.left_cents,
    )


def _installment(row: Any) -> pb.SpecialInstallment:
    return pb.SpecialInstallment(
        tract=row.tract,
        number=row.number,
        tax_year=row.tax_year,
        principal_cents=row.principal_cents,
        interest_cents=row.interest_cents,
        interest_from=row.interest_from.isoformat(),
        interest_to=row.interest_to.isoformat(),
        bill_id=str(row.bill_id) if row.bill_id else "",
    )


def _step(row: Any) -> pb.SpecialStep:
    return pb.SpecialStep(
        action=row.action,
        status=row.status,
        changed_on=row.changed_on.isoformat(),
        changed_by=row.changed_by,
        reason=row.reason,
        recorded_at=row.recorded_at.isoformat(),
        left_cents=row.left_cents,
    )
