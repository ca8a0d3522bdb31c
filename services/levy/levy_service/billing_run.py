"""Issues a roll's bills, a batch at a time, all in one transaction."""

from collections.abc import Iterator, Mapping
from typing import Final

from sqlalchemy import Connection

from levy_service import roll_store
from levy_service.bootstrap import LevyApp
from levy_service.domain.roll import Findings, TaxCodeRates
from levy_service.roll import Roll
from levy_service.rulebook import YearLaw
from levy_service.runs import computing, judging, tables, writing
from levy_service.runs.tables import Selected
from levy_service.runs.telling import Teller
from levy_service.runs.year import YearTerms
from levy_service.sent_rows import refusal_of
from levy_service.specials import posting
from millage.levy.v1 import levy_pb2 as pb

BILL_IDS_MAX: Final = 1000
_STAGED: Final = (
    "select row_number, parcel_number, tax_code, property_class, owner_name, owner_email,"
    " net_value_dollars, prior_year_total_cents, frozen_value_dollars, %(roll_id)s,"
    f" %(bill_class)s, {tables.EXTRAS} from staged_parcels s"
    " where row_number > %(after)s and row_number <= %(upto)s order by row_number"
)


def issue_bills(
    app: LevyApp,
    connection: Connection,
    roll: Roll,
    law: YearLaw,
    rates: Mapping[str, TaxCodeRates],
) -> pb.LoadRollResponse:
    """Bill every parcel sent; one that cannot be billed refuses the roll."""
    findings = Findings()
    answer = pb.LoadRollResponse(
        roll_id=str(roll.roll_id), tax_year=roll.tax_year, levy_version=roll.levy_version
    )
    year = year_terms(app, roll, law)
    for batch in _batches(connection, roll, app.settings.roll_batch):
        parcels = tables.fill(connection, year, batch)
        judging.judge(connection, year, rates, findings)
        if findings.count:
            continue
        if roll.staged:
            answer.staged_parcels += parcels
            continue
        computing.compute(connection, year)
        written = writing.write(connection, year, run_id=None)
        posting.note(app, connection, year.tax_year)
        answer.bill_count += written.bill_count
        answer.line_count += written.line_count
        answer.total_cents += written.total_cents
        room = BILL_IDS_MAX - len(answer.bill_ids)
        answer.bill_ids.extend(map(str, writing.bill_ids(connection, room)))
    if findings.count:
        raise refusal_of(findings)
    roll_store.finish_roll(
        connection, roll.roll_id, answer.bill_count, answer.line_count, answer.total_cents
    )
    return answer


def year_terms(app: LevyApp, roll: Roll, law: YearLaw) -> YearTerms:
    teller = Teller(app.settings.county, roll.jurisdiction, roll.tax_year, roll.recorded_at)
    return YearTerms(roll.tax_year, law.billing, law.increment, teller, roll.bill_class)


def _batches(connection: Connection, roll: Roll, size: int) -> Iterator[Selected]:
    last = roll_store.last_staged_row(connection)
    for after in range(0, last, size):
        params = {
            "roll_id": roll.roll_id,
            "bill_class": roll.bill_class,
            "after": after,
            "upto": after + size,
        }
        yield Selected(_STAGED, params)
