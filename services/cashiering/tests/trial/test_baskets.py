"""Baskets and their payment, each method asked in every wrong way."""

import pytest

from millage.cashiering.v1 import basket_payment_pb2 as pay
from millage.cashiering.v1 import basket_pb2 as pb
from millage.cashiering.v1 import cashiering_pb2 as counter
from millage.cashiering.v1 import sources_pb2 as sources
from taxkit.trial import Case, Suite

PARCEL = "13264290020000"
KNOWN = "what a number or a code stands for may be said anew at any time"


class Baskets:
    """Requests for baskets in the state they ask for, and in others."""

    def __init__(self, stage) -> None:
        self.stage = stage

    def on(self, request, basket, **given):
        if "version" in request.DESCRIPTOR.fields_by_name:
            given.setdefault("version", basket.version)
        return request(basket_id=basket.basket_id, **given)

    def paused(self):
        return self.stage.do(self.on(pb.PauseBasketRequest, self.stage.filled()))

    def closed(self):
        return self.stage.do(self.on(pb.CloseBasketRequest, self.stage.filled()))

    def moved_on(self):
        """A basket as it was before somebody else changed it."""
        before = self.stage.filled()
        self.stage.do(self.on(pay.SetPayerRequest, before, name="Somebody Else"))
        return before

    def change(self, request, **given) -> Case:
        """A change of a filled basket, refused in the states no change is allowed in."""
        return Case(
            lambda: self.on(request, self.stage.filled(), **given),
            refused_when={
                "BASKET_PAUSED": lambda: self.on(request, self.paused(), **given),
                "BASKET_CLOSED": lambda: self.on(request, self.closed(), **given),
                "BASKET_CHANGED": lambda: self.on(request, self.moved_on(), **given),
            },
        )


@pytest.fixture
def baskets(stage) -> Baskets:
    return Baskets(stage)


class TestBaskets(Suite):
    service = "millage.cashiering.v1.BasketService"

    @pytest.fixture
    def cases(self, stage, baskets, incomplete) -> dict[str, Case]:
        return {
            **self._questions(stage),
            **self._lines(stage, baskets, incomplete),
            **self._states(stage, baskets),
        }

    @pytest.fixture
    def incomplete(self, stage, app, balance):
        """A basket of a parcel whose defaulted years have to be paid together."""
        parcel = "55555555555555"
        installment = {
            "installment": 1, "due_on": "2020-03-01", "tax_charged_cents": 50_000,
            "tax_open_cents": 50_000, "interest_charged_cents": 0, "interest_open_cents": 0,
            "paid_cents": 0, "collection_type": "DS",
        }  # fmt: skip
        told = [balance(parcel, year, 50_000, installments=[installment]) for year in (2018, 2019)]
        app.consumer.absorb("on_balance_changed", told)

        def make():
            keys = pb.LookupKeys(parcel_number=parcel)
            return stage.do(pb.LoadBasketRequest(basket_id=stage.basket().basket_id, keys=keys))

        return make

    def _questions(self, stage) -> dict[str, Case]:
        session_id = stage.session()
        basket_id = stage.filled(session_id).basket_id
        return {
            "GetBasket": Case(lambda: pb.GetBasketRequest(basket_id=basket_id)),
            "ListBaskets": Case(lambda: pb.ListBasketsRequest(session_id=session_id)),
            "SearchAccounts": Case(lambda: pb.SearchAccountsRequest(parcel_number="1326")),
        }

    def _lines(self, stage, baskets, incomplete) -> dict[str, Case]:
        on, keys = baskets.on, pb.LookupKeys(parcel_number=PARCEL)

        def approve(basket):
            return on(
                pb.ApproveFindingRequest, basket, code="DEFAULTED_SET_INCOMPLETE",
                parcel_number="55555555555555", reason="agreed with the owner",
            )  # fmt: skip

        return {
            "LoadBasket": Case(
                lambda: pb.LoadBasketRequest(basket_id=stage.basket().basket_id, keys=keys),
                refused_when={
                    "BASKET_PAUSED": lambda: on(pb.LoadBasketRequest, baskets.paused(), keys=keys),
                    "BASKET_CLOSED": lambda: on(pb.LoadBasketRequest, baskets.closed(), keys=keys),
                    "BASKET_CHANGED": lambda: on(
                        pb.LoadBasketRequest, baskets.moved_on(), keys=keys
                    ),
                },
            ),
            "RemoveLines": baskets.change(pb.RemoveLinesRequest, line_numbers=[1]),
            "ClearBasket": baskets.change(pb.ClearBasketRequest),
            "ApproveFinding": Case(
                lambda: approve(incomplete()),
                user="head",
                refused_when={"BASKET_CLOSED": lambda: approve(baskets.closed())},
            ),
            "RecordAccountKey": Case(
                lambda: pb.RecordAccountKeyRequest(
                    account_key=pb.AccountKey(
                        kind="ain", value=stage.name("A"), parcel_number=PARCEL
                    )
                ),
                always_possible=KNOWN,
            ),
        }

    def _states(self, stage, baskets) -> dict[str, Case]:
        on = baskets.on

        def retrieve(basket):
            return on(pb.RetrieveBasketRequest, basket, session_id=stage.open_session)

        return {
            "OpenBasket": Case(
                lambda: pb.OpenBasketRequest(session_id=stage.open_session),
                refused_when={
                    "SESSION_CLOSED": lambda: pb.OpenBasketRequest(session_id=stage.closed())
                },
            ),
            "PauseBasket": baskets.change(pb.PauseBasketRequest),
            "RetrieveBasket": Case(
                lambda: retrieve(baskets.paused()),
                refused_when={
                    "BASKET_NOT_PAUSED": lambda: retrieve(stage.filled()),
                    "SESSION_CLOSED": lambda: on(
                        pb.RetrieveBasketRequest, baskets.paused(), session_id=stage.closed()
                    ),
                },
            ),
            "CloseBasket": Case(
                lambda: on(pb.CloseBasketRequest, stage.filled()),
                refused_when={
                    "BASKET_CLOSED": lambda: on(pb.CloseBasketRequest, baskets.closed()),
                    "BASKET_CHANGED": lambda: on(pb.CloseBasketRequest, baskets.moved_on()),
                },
            ),
        }


class TestBasketPayment(Suite):
    service = "millage.cashiering.v1.BasketPaymentService"

    @pytest.fixture
    def cases(self, stage, baskets) -> dict[str, Case]:
        on = baskets.on
        cash = counter.Tender(tender_type=counter.TENDER_TYPE_CASH, rest=True)

        def posted():
            basket = stage.filled()
            stage.do(on(pay.PostBasketRequest, basket, tenders=[cash]))
            return on(pay.PostBasketRequest, basket, tenders=[cash])

        source = sources.Source(
            source_code="DOGS", effective_from="2022-01-01", name="Dog license",
            amount_mode=sources.AMOUNT_MODE_FLAT, amount_cents=1_500,
            parcel_tie=sources.PARCEL_TIE_OPTIONAL, credit_fund="100", credit_account="4711",
        )  # fmt: skip
        stage.do(sources.SetSourceRequest(source=source))
        entry = sources.SourceEntry(source_code="DOGS")
        post = baskets.change(pay.PostBasketRequest, tenders=[cash])
        post.refused_when["BASKET_POSTED"] = posted
        return {
            "ChangeLine": baskets.change(
                pay.ChangeLineRequest, line_number=1, amount_cents=100, effective_on="2022-12-01"
            ),
            "AddEntry": baskets.change(pay.AddEntryRequest, entry=entry),
            "SwitchBasis": baskets.change(pay.SwitchBasisRequest, basis=pay.BASIS_FULL),
            "SetPayer": baskets.change(pay.SetPayerRequest, name="Imogen Vale"),
            "PostBasket": post,
            "RecordLender": Case(
                lambda: pay.RecordLenderRequest(
                    lender=pay.Lender(lender_code=stage.name("L"), name="First Bank")
                ),
                always_possible=KNOWN,
            ),
        }
