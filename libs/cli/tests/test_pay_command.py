"""`millage pay` with all that can be said of a payment, on cashiering's real API."""

import pytest

RIGHTS = (
    "cashiering.session", "cashiering.till.manage", "cashiering.read", "cashiering.quote",
    "cashiering.pay", "cashiering.payment_source", "cashiering.effective_date",
    "cashiering.allocate", "cashiering.waive", "cashiering.held_tender", "cashiering.override",
)  # fmt: skip
BILL = "2021-13264290020000"


@pytest.fixture
def session(counter, request):
    """A till of the test's own with its session open."""
    till = f"P-{abs(hash(request.node.name)) % 10**6}"
    opened = counter("session", "open", "--till", till, "--business-date", "2022-12-28", "--json")
    assert opened.exit_code == 0, opened.err
    return opened.answer["session_id"]


@pytest.fixture
def pay(counter, session):
    def send(*more: str, amount: str = "10.00"):
        given = ("--bill", f"{BILL}={amount}", "--session", session, "--json")
        return counter("pay", *given, *more, rights=RIGHTS)

    return send


def _done(ran):
    assert ran.exit_code == 0, ran.err
    return ran.answer


def test_cash_063_mail_is_paid_with_its_postmark(pay, counter):
    """The receipt counts from it, and shows it."""
    came = ("--source", "mail", "--postmarked-on", "2022-12-08", "--received-on", "2022-12-14")
    paid = _done(pay("--check", "rest:1044", *came))
    shown = counter("receipt", "show", paid["receipt_number"])

    assert (paid["source"], paid["effective_on"]) == ("mail", "2022-12-08")
    assert "mail, postmarked 2022-12-08, received 2022-12-14" in shown.out


def test_cash_026_a_line_has_a_date_of_its_own(pay):
    """The receipt keeps the session's."""
    paid = _done(pay("--cash", "10", "--line-date", f"{BILL}=2022-12-20"))

    assert paid["effective_on"] == "2022-12-28"
    assert [line["effective_on"] for line in paid["lines"]] == ["2022-12-20"]


@pytest.mark.parametrize(("row", "code"), [("1/tax:10", ""), ("1/tax/ROAD:10", "ROAD")])
def test_cash_052_a_line_is_allocated_by_hand(pay, counter, row, code):
    """Row by row, to a charge of a code where one is named; it bears the mark."""
    paid = _done(pay("--cash", "10", "--allocate", f"{BILL}={row}"))
    (line,) = paid["lines"]
    (found,) = line["allocation"]["rows"]
    shown = counter("receipt", "show", paid["receipt_number"])

    assert line["allocation"]["overridden"] is True
    assert (found["installment"], found["charge_type"], found["amount_cents"]) == (1, "tax", 1_000)
    assert found["charge_code"] == code
    assert "by hand" in shown.out


def test_cash_052_another_rule_and_a_service_are_named(pay):
    """The rule for the payment, the service for its line."""
    paid = _done(pay("--cash", "10", "--rule", "tax-first", "--service", f"{BILL}=tax_sale_buyer"))

    assert paid["lines"][0]["rule_id"] == "tax-first"
    assert paid["lines"][0]["allocation"]["service"] == "tax_sale_buyer"


def test_cash_055_paper_may_be_left_out_or_added(pay):
    """Both flags, and a paper of the county's own."""
    paper = ("--no-receipt", "--no-surplus-notice", "--custom-receipt", "proof-of-payment")
    paid = _done(pay("--cash", "10", *paper))

    assert (paid["receipt_print_suppressed"], paid["surplus_notice_suppressed"]) == (True, True)
    assert paid["custom_receipts"] == ["proof-of-payment"]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        # What the service has to say shows that it was asked.
        (("--waive-interest", f"{BILL}=1.00"), "LIMIT_EXCEEDED"),
        (("--waive-penalty", f"{BILL}=1.00"), "LIMIT_EXCEEDED"),
        (("--grant", "01937c3e-0000-7000-8000-00000000000f"), "OVERRIDE_NOT_FOUND"),
        (("--entry", "DOGS"), "SOURCE_NOT_IN_FORCE"),
        (("--source", "lender"), "LENDER_MISSING"),
        (("--custom-receipt", "deed"), "CUSTOM_RECEIPT_UNKNOWN"),
    ],
)
def test_what_is_said_of_a_payment_reaches_the_counter(pay, more, reason):
    """Its refusal comes back under its own reason."""
    ran = pay("--cash", "10", *more)

    assert ran.problem["reason"] == reason


@pytest.mark.parametrize(
    ("tender", "reason"),
    [
        (("--surplus", "10:01937c3e-0000-7000-8000-00000000000f"), "SURPLUS_UNKNOWN"),
        (("--escrow", "10:E-1"), "ESCROW_UNKNOWN"),
    ],
)
def test_cash_047_money_held_is_tendered_by_its_name(pay, tender, reason):
    """What the county does not hold is no tender."""
    assert pay(*tender).problem["reason"] == reason


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (("--line-date", "2020-13264290020000=2022-12-20"), "LINE_UNKNOWN"),
        (("--line-date", f"{BILL}=soon"), "DATE_INVALID"),
        (("--line-date", BILL), "OPTION_INVALID"),
        (("--allocate", f"{BILL}=tax:10"), "OPTION_INVALID"),
        (("--allocate", f"{BILL}=1/tax:free"), "AMOUNT_INVALID"),
        (("--waive-interest", f"{BILL}=0"), "AMOUNT_NOT_POSITIVE"),
        (("--postmarked-on", "soon"), "DATE_INVALID"),
    ],
)
def test_what_is_typed_wrong_is_refused_before_anybody_is_asked(pay, more, reason):
    """With the option that is wrong."""
    ran = pay("--cash", "10", *more)

    assert (ran.exit_code, ran.problem["reason"]) == (2, reason)


def test_help_shows_every_group_and_how_it_is_written(counter):
    """Examples a cashier can copy."""
    shown = counter("pay", "--help")

    for words in ("How the money came", "On which terms", "Paper", "Examples", "--postmarked-on"):
        assert words in shown.out


def test_cash_059_receipts_are_found_viewed_and_printed(pay, counter, session):
    """From the terminal: the session is one of the parts that a worker prints."""
    paid = _done(pay("--cash", "10", "--payer", "Zelda Quist"))
    days = ("--from", "2022-12-28", "--to", "2022-12-28")
    found = _done(counter("receipt", "find", *days, "--payer", "zelda", "--json"))
    viewed = counter("receipt", "view", paid["receipt_number"])
    closed = counter("session", "close", session, "--count", "cash=10", "--json")
    job = _done(counter("receipt", "print", *days, "--json", rights=("cashiering.print",)))
    shown = _done(counter("receipt", "print-jobs", job["job_id"], "--json"))

    assert [one["receipt_number"] for one in found["receipts"]] == [paid["receipt_number"]]
    assert "Zelda Quist" in viewed.out
    assert closed.answer["state"] == "closed"
    assert session in [one["session_id"] for one in shown["sessions"]]
    assert job["job_id"] in counter("receipt", "print-jobs").out
