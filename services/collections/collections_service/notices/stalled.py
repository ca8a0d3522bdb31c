"""Letters somebody has to look at: nobody tells of them, or their parcel is held (COLL-024)."""

from datetime import timedelta
from typing import Final

from sqlalchemy import Connection

from collections_service.bootstrap import CollectionsApp
from collections_service.domain.exceptional import ExceptionKind

# Each is found once: its exception has the id of the letter and of what is odd with it.
_FOUND: Final = """
insert into exceptions (exception_id, kind, parcel_number, bill_id, reason, message,
    amount_cents, receipt_id, told_at, notice_id)
select md5(%(kind)s || n.notice_id)::uuid, %(kind)s, n.parcel_number, n.bill_id, %(reason)s,
    'letter ' || n.stage || ' of ' || n.requested_on, n.overdue_cents, null, %(now)s,
    n.notice_id
from delinquent_notices n
where n.requested_on <= %(until)s
    and not exists (select from notice_answers a where a.notice_id = n.notice_id)
    {besides}
on conflict do nothing
"""
_STALLED = _FOUND.format(besides="")
_HELD = _FOUND.format(
    besides="""and exists (select from holds h left join hold_releases r using (hold_id)
        where h.parcel_number = n.parcel_number and h.begins_on <= %(today)s
        and (h.ends_on is null or h.ends_on >= %(today)s) and r.hold_id is null)"""
)


def look(app: CollectionsApp) -> None:
    """Put on the list of exceptions what of the letters is not as it should be."""
    today = app.clock.today()
    terms = app.notice_terms(today)

    def work(connection: Connection) -> None:
        given = {"today": today, "now": app.clock.now()}
        connection.exec_driver_sql(
            _STALLED,
            {
                **given,
                "kind": ExceptionKind.STALLED_STEP.value,
                "reason": "NOTICE_UNANSWERED",
                "until": today - timedelta(days=terms.stalled_days),
            },
        )
        held = {"kind": ExceptionKind.HELD_IN_WORK.value, "reason": "NOTICE_ON_HELD_PARCEL"}
        connection.exec_driver_sql(_HELD, {**given, **held, "until": today})

    app.database.run(work)
