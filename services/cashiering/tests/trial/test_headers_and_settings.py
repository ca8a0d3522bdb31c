"""A basket's header, plans at the counter and its settings, asked in every wrong way."""

import pytest

from millage.cashiering.v1 import basket_header_pb2 as header
from millage.cashiering.v1 import basket_pb2 as baskets
from millage.cashiering.v1 import plan_lookup_pb2 as plans
from millage.cashiering.v1 import settings_pb2 as settings
from taxkit import testing
from taxkit.trial import Case, Suite

DAY = "2022-12-15"
PLAN = "2022-000001"


class TestSettings(Suite):
    service = "millage.cashiering.v1.SettingsService"

    @pytest.fixture
    def cases(self) -> dict[str, Case]:
        return {
            "SetCounterSetting": Case(
                lambda: settings.SetCounterSettingRequest(
                    name="delinquency_message", value="on", effective_from=DAY
                ),
                always_possible="a setting may be set for any day; what was set stays on file",
            ),
            "GetCounterSettings": Case(lambda: settings.GetCounterSettingsRequest(on=DAY)),
        }


class TestPlanLookup(Suite):
    service = "millage.cashiering.v1.PlanLookupService"

    @pytest.fixture
    def cases(self, app, stage) -> dict[str, Case]:
        data = {"plan_number": PLAN, "status": "active", "bill_ids": [stage.bill_id]}
        kind = "org.millage.receivables.PlanStatusChanged.v1"
        body = testing.foreign_event(kind, f"plan/{PLAN}", data, sequence=1)
        app.consumer.absorb("on_plan_status_changed", [body])
        return {"LookUpPlans": Case(lambda: plans.LookUpPlansRequest(plan_number=PLAN))}


class TestBasketHeader(Suite):
    service = "millage.cashiering.v1.BasketHeaderService"

    @pytest.fixture
    def cases(self, stage) -> dict[str, Case]:
        def change(basket: baskets.Basket, version: int = 0) -> header.ChangeHeaderRequest:
            return header.ChangeHeaderRequest(
                basket_id=basket.basket_id,
                version=version or basket.version,
                effective_on="2022-12-01",
                line_numbers=[one.line_number for one in basket.lines],
            )

        def paused() -> baskets.Basket:
            filled = stage.filled()
            request = baskets.PauseBasketRequest(basket_id=filled.basket_id, version=filled.version)
            return stage.do(request)

        def closed() -> baskets.Basket:
            filled = stage.filled()
            request = baskets.CloseBasketRequest(basket_id=filled.basket_id, version=filled.version)
            return stage.do(request)

        return {
            "ChangeHeader": Case(
                lambda: change(stage.filled()),
                refused_when={
                    "BASKET_PAUSED": lambda: change(paused()),
                    "BASKET_CLOSED": lambda: change(closed()),
                    "BASKET_CHANGED": lambda: change(stage.filled(), version=1),
                },
            )
        }
