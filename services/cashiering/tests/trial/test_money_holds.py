"""Money kept for baskets, each method asked in every wrong way."""

import pytest

from millage.cashiering.v1 import basket_pb2 as baskets
from millage.cashiering.v1 import money_holds_pb2 as pb
from taxkit import testing
from taxkit.trial import Case, Suite

ACCOUNT = "E-77"


@pytest.fixture
def escrow(app) -> str:
    """An escrow account with plenty of money."""
    data = {
        "escrow_account": ACCOUNT, "name": "Harbor Title", "available_cents": 9_000_000,
        "closed": False,
    }  # fmt: skip
    kind = "org.millage.receivables.EscrowChanged.v1"
    body = testing.foreign_event(kind, f"escrow/{ACCOUNT}", data, sequence=1)
    app.consumer.absorb("on_escrow_changed", [body])
    return ACCOUNT


class TestMoneyHolds(Suite):
    service = "millage.cashiering.v1.MoneyHoldsService"

    @pytest.fixture
    def cases(self, stage, escrow: str) -> dict[str, Case]:
        def hold(basket) -> pb.HoldMoneyRequest:
            return pb.HoldMoneyRequest(
                basket_id=basket.basket_id, escrow_account=escrow, amount_cents=100
            )

        def kept() -> pb.ReleaseMoneyRequest:
            return pb.ReleaseMoneyRequest(hold_id=stage.do(hold(stage.filled())).holds[0].hold_id)

        def paused() -> baskets.Basket:
            basket = stage.filled()
            return stage.do(
                baskets.PauseBasketRequest(basket_id=basket.basket_id, version=basket.version)
            )

        return {
            "HoldMoney": Case(
                lambda: hold(stage.filled()),
                refused_when={
                    "BASKET_EMPTY": lambda: hold(stage.basket()),
                    "BASKET_PAUSED": lambda: hold(paused()),
                    "MONEY_KEPT_ALREADY": lambda: stage.done(hold(stage.filled())),
                },
            ),
            "ReleaseMoney": Case(
                kept, refused_when={"MONEY_HOLD_NOT_FOUND": lambda: stage.done(kept())}
            ),
            "ListMoneyHolds": Case(
                lambda: pb.ListMoneyHoldsRequest(basket_id=stage.filled().basket_id)
            ),
        }
