"""RECV-067: a fee on nobody's property is paid at the counter by its own bill's number."""

NUMBER = "F-2021-0000000000FE"
HOLDER = "agent:77"


def test_recv_067_a_fee_is_loaded_by_its_number_and_paid(
    app, window, basket, balance, bill_of, rows
) -> None:
    """RECV-067: as any bill, and by its holder's name; the receipt names whom it was on."""
    installment = {
        "installment": 1, "due_on": "2022-12-30", "tax_charged_cents": 0, "tax_open_cents": 0,
        "interest_charged_cents": 0, "interest_open_cents": 0, "paid_cents": 0,
        "fee_charged_cents": 5_000, "fee_open_cents": 5_000, "collection_type": "U",
    }  # fmt: skip
    told = balance(
        HOLDER, 2021, 5_000, bill_number=NUMBER, fee_account=True, installments=[installment],
        fees=[{"charge_code": "court_costs", "charged_cents": 5_000, "open_cents": 5_000}],
    )  # fmt: skip
    app.consumer.absorb("on_balance_changed", [told])
    loaded = window.load(basket, tax_year=2021, bill_number=NUMBER)
    (line,) = loaded.lines
    assert (line.bill_number, line.bill_id) == (NUMBER, str(bill_of(HOLDER, 2021)))
    assert loaded.total_cents == 5_000
    paid = window.call(
        "PostBasket", basket_id=loaded.basket_id, version=loaded.version,
        tenders=[{"tender_type": 1, "amount_cents": 5_000}],
    )  # fmt: skip
    assert paid.receipt.total_cents == 5_000
    assert rows("select bill_number, parcel_number, amount_cents from receipt_lines") == [
        (NUMBER, HOLDER, 5_000)
    ]
