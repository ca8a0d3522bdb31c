"""NOTI-002: a receipt that goes by post bears the payer's address; one without says none."""

import pytest

from taxkit.ids import new_id


@pytest.mark.parametrize(
    ("told", "lines"),
    [
        ({"mailing_address": "2901 W Logan Blvd\nChicago, IL 60647"}, 2),
        ({"mailing_address": ""}, 0),
        ({}, 0),
    ],
)
def test_noti_002_a_receipt_on_paper_bears_its_address(app, posted, notices, told, lines) -> None:
    receipt = new_id()
    payer = {"name": "Ada Moore", "email": None, **told}
    app.consumer.absorb("on_payment_posted", [posted(receipt, payer)])
    (notice,) = notices(receipt)
    assert notice.state == "to_print"
    assert len(notice.postal_address.splitlines()) == lines
