"""CASH-002, CASH-003: a cashier's own sessions, and what stands at the head of one."""

from datetime import date

from taxkit import testing


def _as(keys, user: str):
    return testing.bearer(keys.token("cashiering.*", user=user))


def test_cash_002_a_session_is_resumed_by_id_or_as_the_default(desk, counter) -> None:
    """The mark moves; the default one is listed first."""
    first, second = counter.open("T01"), counter.open("T02")
    assert desk.make_default(first.session_id).is_default
    assert desk.make_default(second.session_id).is_default

    assert desk.resume().session == second
    assert desk.resume(first.session_id).session == first
    listed = [(one.session_id, one.is_default) for one in desk.own()]
    assert [(second.session_id, True), (first.session_id, False)] == listed


def test_cash_002_the_only_open_session_needs_no_mark(desk, counter, session) -> None:
    """With one there is nothing to choose; a closed default is nobody's."""
    assert desk.resume().session == session
    desk.make_default(session.session_id)
    counter.close(session.session_id)
    other = counter.open("T02")

    assert desk.resume().session == other
    assert not desk.header(session.session_id).is_default


def test_cash_002_without_a_session_the_cashiers_own_are_offered(
    desk, counter, keys, refused
) -> None:
    """NO_OPEN_SESSION names them; a colleague's are not among them."""
    none = refused("NO_OPEN_SESSION", desk.resume)
    mine = [counter.open("T01"), counter.open("T02")]
    some = refused("NO_OPEN_SESSION", desk.resume)
    others = refused("NO_OPEN_SESSION", desk.resume, "", _as(keys, "someone"))

    assert "open one" in none.details()
    assert "open one" in others.details()
    assert all(one.session_id in some.details() for one in mine)


def test_cash_002_another_cashiers_or_a_closed_session_is_not_resumed(
    desk, counter, session, keys, refused, unchanged
) -> None:
    """SESSION_OF_ANOTHER, SESSION_CLOSED, SESSION_NOT_FOUND."""
    with unchanged():
        refused("SESSION_OF_ANOTHER", desk.resume, session.session_id, _as(keys, "someone"))
        refused("SESSION_NOT_FOUND", desk.resume, "00000000-0000-7000-8000-000000000001")
        refused("ID_INVALID", desk.resume, "T01")
    counter.close(session.session_id)
    refused("SESSION_CLOSED", desk.resume, session.session_id)
    refused("SESSION_CLOSED", desk.make_default, session.session_id)


def test_cash_003_the_header_is_counted_anew(app, desk, counter, session) -> None:
    """Bills once, however often paid; what was taken back left out."""
    counter.pay(session.session_id, 100)
    counter.pay(session.session_id, 200)
    undone = counter.pay(session.session_id, 400)
    counter.reverse(undone.receipt_id)
    found = desk.header(session.session_id)

    assert (found.payment_source, found.bill_count) == ("counter", 1)
    assert found.allocation_rule == app.law.allocation_rules(date(2022, 12, 15))[0].code
    assert [
        (one.payment_type, one.tax_year, one.bill_count, one.amount_cents) for one in found.totals
    ] == [("tax", 2021, 1, 300)]
    assert found.session.total_cents == 300
    assert found.next_receipt_number == "T01-20221215-1-00004"


def test_cash_003_a_files_session_says_so_and_shows_its_suspense(desk, counter, example) -> None:
    """By the source of the file, whatever layout it has."""
    run = counter.imported(example("lender-2022-12-28.csv"), "csv")
    found = desk.header(run.session_id)

    assert found.payment_source == "csv"
    assert {one.payment_type for one in found.totals} <= {"tax", "suspense"}
    assert sum(one.amount_cents for one in found.totals) == run.posted_cents + run.suspense_cents
    assert found.next_receipt_number == ""


def test_cash_003_money_of_a_file_came_as_its_source_says(desk, counter, example) -> None:
    """Not as its layout is called."""
    run = counter.imported(example("lockbox-2022-02-28.txt"), "bai-lockbox")

    assert desk.header(run.session_id).payment_source == "lockbox"


def test_cash_002_a_payment_without_an_open_session_is_offered_the_cashiers_own(
    counter, refused, unchanged
) -> None:
    """None named, one that is not there, one that is closed: go on with those that are open."""
    closed, open_ = counter.open("T01"), counter.open("T02")
    counter.close(closed.session_id)
    with unchanged():
        for named, reason in (
            ("", "NO_OPEN_SESSION"),
            ("00000000-0000-7000-8000-000000000001", "NO_OPEN_SESSION"),
            (closed.session_id, "SESSION_CLOSED"),
        ):
            error = refused(reason, counter.pay, named)
            assert f"go on with {open_.session_id} on till T02" in error.details()
