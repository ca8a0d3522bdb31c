"""Credits that the state bears, asked and paid in every wrong way."""

import pytest
from services.distribution.tests.api.test_credits import told

from millage.distribution.v1 import credits_pb2 as pb
from taxkit import trial as trials
from taxkit.ids import new_id


def paid(cents: int, code: str = "credit-1") -> pb.PostCreditPaymentRequest:
    return pb.PostCreditPaymentRequest(
        idempotency_key=str(new_id()),
        tax_year=2021,
        credit_code=code,
        amount_cents=cents,
        received_on="2022-09-01",
        reference="Warrant 77",
    )


class TestCredits(trials.Suite):
    service = "millage.distribution.v1.CreditService"

    @pytest.fixture
    def cases(self, app, neighbours) -> dict[str, trials.Case]:
        made = told(700, 300, 100_000, 50_000, of_county=105_000, of_school=45_000)
        neighbours.absorb(app, "on_bill_created", neighbours.bill_created(new_id(), **made))
        return {
            "ListCreditClaims": trials.Case(lambda: pb.ListCreditClaimsRequest(tax_year=2021)),
            "PostCreditPayment": trials.Case(
                lambda: paid(5),
                refused_when={
                    "CREDIT_OVERPAID": lambda: paid(50_001),
                    "CREDIT_NOT_CLAIMED": lambda: paid(5, "credit-0"),
                },
            ),
        }
