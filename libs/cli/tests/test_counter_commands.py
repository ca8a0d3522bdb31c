"""A drawer's day from the terminal, on cashiering's real API and a real database."""

import pytest

UNKNOWN_BILL = "01a201d1-37e9-7573-a839-ce87abffa71f"


@pytest.fixture
def session(counter, request):
    """A till of the test's own with its session open."""
    till = f"T-{abs(hash(request.node.name)) % 10**6}"
    opened = counter("session", "open", "--till", till, "--business-date", "2022-12-28", "--json")
    assert opened.exit_code == 0, opened.err
    return opened.answer


def test_a_session_is_opened_shown_and_closed(counter, session):
    """CASH-001: the count is kept, and what is over is told."""
    shown = counter("session", "show", session["session_id"], "--json")
    closed = counter(
        "session", "close", "--till", session["till_code"], "--count", "cash=12.50", "--json"
    )

    assert shown.answer == session
    assert session["state"] == "open"
    assert session["cashier"] == "casey"
    assert (closed.answer["state"], closed.answer["over_short_cents"]) == ("closed", 1250)


def test_the_same_key_opens_the_same_session(counter):
    """A command sent again gives the first answer."""
    command = ("session", "open", "--till", "T-KEY", "--business-date", "2022-12-28", "--json")

    first = counter(*command, "--key", "again-1").answer
    second = counter(*command, "--key", "again-1").answer
    other = counter(*command[:-2], "2022-12-27", "--json", "--key", "again-1")

    assert first == second
    assert other.problem["reason"] == "IDEMPOTENCY_CONFLICT"
    assert other.exit_code == 3


def test_a_till_with_a_session_open_is_refused_with_what_to_do(counter, session):
    """For people: what was asked, what stood in the way, under which code."""
    ran = counter(
        "session", "open", "--till", session["till_code"], "--business-date", "2022-12-28"
    )

    assert ran.exit_code == 3
    assert ran.out == ""
    assert "cashiering.OpenSession" in ran.err
    assert "SESSION_ALREADY_OPEN" in ran.err
    assert session["session_id"] in ran.err


def test_a_bad_date_is_refused_with_its_field(counter):
    """The service's field violations reach programs, too."""
    ran = counter("session", "open", "--till", "T-9", "--business-date", "2199-01-01", "--json")

    assert ran.exit_code == 3
    assert ran.problem["reason"] == "BUSINESS_DATE_IN_FUTURE"
    assert [one["field"] for one in ran.problem["fields"]] == ["business_date"]


def test_without_the_right_nothing_is_done(counter):
    """Exit 5 says that another token is needed."""
    ran = counter(
        "session", "open", "--till", "T-8", "--business-date", "2022-12-28", "--json",
        rights=("cashiering.read",),
    )  # fmt: skip

    assert (ran.exit_code, ran.problem["reason"]) == (5, "FORBIDDEN")


def test_a_payment_for_a_bill_nobody_knows_is_refused(counter, session):
    """Before any money is taken."""
    ran = counter(
        "pay", "--bill", f"{UNKNOWN_BILL}=5.00", "--cash", "5.00",
        "--session", session["session_id"], "--json",
    )  # fmt: skip

    assert (ran.exit_code, ran.problem["reason"]) == (4, "BILL_NOT_FOUND")


@pytest.mark.parametrize(
    ("flags", "change", "surplus"), [((), 2_000, 0), (("--no-change",), 0, 2_000)]
)
def test_cash_044_what_is_above_the_lines_is_change_unless_none_is_wanted(
    counter, session, flags, change, surplus
):
    """--no-change keeps it as surplus; both are on the receipt."""
    paid = counter(
        "pay", "--bill", "13264290020000/2021=100.00", "--cash", "120.00",
        "--session", session["session_id"], "--json", *flags,
    )  # fmt: skip
    assert paid.exit_code == 0, paid.err
    shown = counter("receipt", "show", paid.answer["receipt_number"])

    assert (paid.answer["due_cents"], paid.answer["tendered_cents"]) == (10_000, 12_000)
    assert (paid.answer["change_cents"], paid.answer["surplus_cents"]) == (change, surplus)
    assert ("surplus" in shown.out, "change" in shown.out) == (surplus > 0, change > 0)


def test_a_receipt_nobody_wrote_is_not_found(counter):
    """Exit 4."""
    ran = counter("receipt", "show", "T-1-20221228-1-00001", "--json")

    assert (ran.exit_code, ran.problem["reason"]) == (4, "RECEIPT_NOT_FOUND")


def test_a_truncated_file_is_refused_whole_with_its_line(counter, tmp_path):
    """The stream's refusal is worded like any other."""
    path = tmp_path / "cut.csv"
    path.write_text("bill_reference,amount,paid_on,received_on,check_number,payer_name\n")

    ran = counter(
        "import", path, "--layout", "csv", "--till", "T-CSV", "--business-date", "2022-12-28",
        "--json",
    )  # fmt: skip

    assert (ran.exit_code, ran.problem["reason"]) == (3, "FILE_TRUNCATED")


def test_parked_messages_and_lag_name_the_services_that_did_not_answer(counter):
    """What was answered is shown; the exit code says that it is not all."""
    ran = counter("parked", "list", "--json", rights=("ops.read",))
    own = counter("parked", "list", "--service", "cashiering", rights=("ops.read",))

    assert ran.answer == []
    assert ran.exit_code == 2  # nobody said where the other six are
    assert len(ran.problem) == 6
    assert own.exit_code == 0


@pytest.mark.parametrize("parked_id", ["123", "01a201d1-37e9-7573-a839-ce87abffa71f"])
def test_an_unknown_parked_message_is_named_as_it_was_typed(counter, parked_id):
    """And all who were asked: no one service is to blame for not having it."""
    where = ("--service", "cashiering", "--json")
    ran = counter("parked", "show", parked_id, *where, rights=("ops.read",))

    assert ran.exit_code == 4
    assert ran.problem["reason"] == "PARKED_NOT_FOUND"
    assert ran.problem["message"] == f"none of cashiering has parked a message {parked_id}"
    assert "millage parked list" in ran.problem["next_step"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("quote",), "PARCEL_MISSING"),
        (("pay", "--cash", "5"), "LINES_MISSING"),
        (("pay", "--parcel", "13264290020000", "--cash", "5"), "TAX_YEAR_MISSING"),
        (("pay", "--bill", "1/2021=full", "--cash", "5"), "SESSION_MISSING"),
        (("receipt", "list"), "RANGE_MISSING"),
        (("session", "close", "x"), "COUNT_MISSING"),
        (("tieout", "yesterday"), "DATE_INVALID"),
        (("parked", "list", "--state", "lost"), "STATE_UNKNOWN"),
        (("lag", "--service", "mint"), "SERVICE_UNKNOWN"),
        (("roll", "load", "/nowhere/rates.csv"), "FILE_UNREADABLE"),
    ],
)
def test_what_is_typed_wrong_is_refused_before_anybody_is_asked(run, arguments, reason):
    """Exit 2, in JSON where JSON was asked for, although no service is known here."""
    ran = run(*arguments, "--json")

    assert (ran.exit_code, ran.problem["reason"]) == (2, reason)
