"""CASH-023, CASH-024, CASH-073: no payment of a stopped bill, whichever call asks for it."""

import pytest

from taxkit.testing import foreign_event

PARCEL = "13264290020000"


@pytest.fixture
def flag(app):
    def set_it(kind: str, subject: str, name: str, *, on: bool = True, sequence: int = 1) -> None:
        data = {"subject_kind": kind, "subject": subject, "flag": name, "on": on}
        event = "org.millage.receivables.FlagChanged.v1"
        about = f"flag/{kind}/{subject}/{name}"
        app.consumer.absorb(
            "on_flag_changed", [foreign_event(event, about, data, sequence=sequence)]
        )

    return set_it


@pytest.fixture
def plan(app, bill_of):
    def tell(status: str, sequence: int = 1) -> None:
        data = {
            "plan_number": "P-1", "status": status, "bill_ids": [str(bill_of(PARCEL, 2021))],
        }  # fmt: skip
        event = "org.millage.receivables.PlanStatusChanged.v1"
        body = foreign_event(event, "plan/P-1", data, sequence=sequence)
        app.consumer.absorb("on_plan_status_changed", [body])

    return tell


@pytest.mark.parametrize(
    ("kind", "subject"),
    [("parcel", PARCEL), ("bill", f"2021-{PARCEL}"), ("bill", "its id"), ("party", "its owner")],
)
def test_cash_023_a_bill_that_is_flagged_so_is_not_paid(
    counter, session, flag, refused, unchanged, rows, bill_of, kind: str, subject: str
) -> None:
    """On the parcel, the bill or the party; lifted, it is paid with the same order."""
    bill_id = bill_of(PARCEL, 2021)
    ((owner,),) = rows(f"select owner_name from dues where bill_id = '{bill_id}'")
    subject = {"its id": str(bill_id), "its owner": owner}.get(subject, subject)
    flag(kind, subject, "dnap")
    order = counter.order(session.session_id)
    with unchanged():
        refused("FLAG_DNAP", counter.post, order)
    flag(kind, subject, "dnap", on=False, sequence=2)

    assert counter.post(order).receipt_number.endswith("-00001")


def test_cash_024_a_protest_stops_payments_of_a_plans_bill_only(
    counter, session, flag, plan, refused
) -> None:
    """Either alone does not; on the plan itself as on the parcel."""
    flag("parcel", PARCEL, "protest")
    assert counter.pay(session.session_id, 100).total_cents == 100
    plan("active")
    refused("FLAG_PROTEST", counter.pay, session.session_id, 100)
    flag("parcel", PARCEL, "protest", on=False, sequence=2)
    assert counter.pay(session.session_id, 100).total_cents == 100
    flag("plan", "P-1", "dnap")
    refused("FLAG_DNAP", counter.pay, session.session_id, 100)


@pytest.mark.parametrize("service", ["", "payment_plan"])
def test_cash_073_a_bill_in_a_pending_plan_takes_no_payment(
    counter, session, plan, refused, unchanged, service: str
) -> None:
    """Neither of tax nor of the plan, until it is active or void."""
    plan("pending")
    line = counter.line(10_000)
    line.service = service
    with unchanged():
        refused("PLAN_PENDING", counter.pay, session.session_id, lines=[line])
    plan("active", sequence=2)
    assert counter.pay(session.session_id, lines=[line]).total_cents == 10_000


def test_cash_023_orders_of_one_batch_are_stopped_each_by_itself(
    counter, session, flag, outcome
) -> None:
    """The neighbour's bill is paid; the stopped one takes no number."""
    flag("parcel", PARCEL, "dnap")
    other = counter.line(435, counter.other_bill[0])
    paid = [
        outcome(counter.pay, session.session_id, 435, lines=lines)
        for lines in ([other], [counter.line(435)], [other])
    ]
    assert paid[1] == "FLAG_DNAP"
    assert [paid[n].receipt_number[-5:] for n in (0, 2)] == ["00001", "00002"]
