"""Runs of delinquent notices: a preview that is kept, and its commit (COLL-015)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from collections_service import overdue
from collections_service.bootstrap import CollectionsApp
from collections_service.domain.coded import Purpose
from collections_service.domain.stages import Debt, NoticeTerms, Stage, judged
from collections_service.notices import exempt, store
from collections_service.notices.store import ItemRow, RunRow
from collections_service.overdue import Asked, Overdue
from taxkit import ids
from taxkit.errors import Refusal, conflict, invalid, not_found

_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which bills a run looks at."""

    stage: str
    tax_year: int = 0
    include_prior_years: bool = False
    # All when empty.
    buckets: tuple[str, ...] = ()
    # The stage's own least sum counts where it is higher.
    least_cents: int = 0


def preview(app: CollectionsApp, connection: Connection, wanted: Wanted, user: str) -> UUID:
    """Look at what is overdue today, and keep whom a letter would go to and who is left out."""
    today = app.clock.today()
    terms = app.notice_terms(today)
    stage = stage_of(terms, wanted.stage)
    known = app.aging_terms(today).bucket_codes
    if unknown := sorted({*wanted.buckets} - {*known}):
        raise invalid("BUCKET_UNKNOWN", f"{unknown[0]!r}: one of {', '.join(known)}", "buckets")
    run_id, least = ids.new_id(), max(wanted.least_cents, stage.least_cents)
    row = RunRow(
        run_id, stage.code, today, wanted.tax_year, wanted.include_prior_years,
        list(wanted.buckets), least, terms.rule_id, terms.pack_version, user, app.clock.now(),
    )  # fmt: skip
    store.add_run(connection, row)
    for bills in _overdue(app, connection, wanted, today):
        chosen = [one for one in bills if not wanted.buckets or one.bucket in wanted.buckets]
        sent = store.sent(connection, [one.bill_id for one in chosen])
        exempted = exempt.of(connection, (one.parcel_number for one in chosen), terms)
        debts = [(one, debt_of(one, sent, exempted, terms)) for one in chosen]
        store.add_items(connection, list(_items(debts, row, stage)))
    store.keep_counts(connection, run_id)
    return run_id


def commit(app: CollectionsApp, connection: Connection, run_id: UUID, user: str) -> None:
    """Set a run off: a worker sends its letters on, looking at each bill once more."""
    found = store.run(connection, run_id)
    if found is None:
        raise not_found("NOTICE_RUN_NOT_FOUND", f"no run {run_id}")
    if found.selected == 0:
        raise Refusal("NOTICE_RUN_EMPTY", "nobody is to be written to: there is nothing to send")
    if store.commit(connection, run_id, user, app.clock.now()) is None:
        by = found.committed_by or "somebody"
        raise conflict("NOTICE_RUN_COMMITTED", f"{by} committed it already")


def stage_of(terms: NoticeTerms, code: str) -> Stage:
    stage = terms.stage(code)
    if stage is None:
        known = ", ".join(each.code for each in terms.stages)
        raise invalid("NOTICE_STAGE_UNKNOWN", f"{code[:20]!r}: one of {known}", "stage")
    return stage


def debt_of(
    one: Overdue,
    sent: Mapping[tuple[UUID, int], Mapping[str, date | None]],
    exempted: Mapping[str, str],
    terms: NoticeTerms,
) -> Debt:
    return Debt(
        overdue_cents=one.overdue_cents,
        days=one.days,
        codes=one.codes,
        hold=one.hold,
        unposted=one.unposted,
        exempt=exempted.get(one.parcel_number),
        stay=terms.stays(one.stays),
        sent=sent.get((one.bill_id, one.installment), {}),
    )


def _overdue(
    app: CollectionsApp, connection: Connection, wanted: Wanted, today: date
) -> Iterator[Sequence[Overdue]]:
    after: UUID | None = UUID(int=0)
    terms = app.aging_terms(today)
    while after is not None:
        asked = Asked(
            Purpose.NOTICE, today, wanted.tax_year, wanted.include_prior_years, 0, after, _AT_ONCE
        )
        bills, after = overdue.some(connection, asked, terms, today)
        yield bills


def _items(bills: Sequence[tuple[Overdue, Debt]], run: RunRow, stage: Stage) -> Iterator[ItemRow]:
    for one, debt in bills:
        verdict = judged(debt, stage, run.least_cents, run.business_date)
        if verdict is not None:
            yield ItemRow(
                run.run_id, one.bill_id, one.installment, one.overdue_cents, one.due_on, one.days,
                one.bucket, verdict.fate.value, verdict.code, verdict.because,
            )  # fmt: skip
