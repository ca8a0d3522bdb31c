"""What an office sets for its counters, and plans looked up there, asked in every wrong way."""

import pytest

from millage.cashiering.v1 import plan_lookup_pb2 as plans
from millage.cashiering.v1 import settings_pb2 as pb
from taxkit.trial import Case, Suite


class TestSettings(Suite):
    service = "millage.cashiering.v1.SettingsService"

    @pytest.fixture
    def cases(self) -> dict[str, Case]:
        return {
            "SetCounterSetting": Case(
                lambda: pb.SetCounterSettingRequest(
                    name="require_verified_payer", value="on", effective_from="2022-12-01"
                ),
                always_possible="a setting may be set anew; what was set before stays on file",
            ),
            "GetCounterSettings": Case(lambda: pb.GetCounterSettingsRequest(on="2022-12-15")),
        }


class TestPlanLookup(Suite):
    service = "millage.cashiering.v1.PlanLookupService"

    @pytest.fixture
    def cases(self) -> dict[str, Case]:
        return {
            "LookUpPlans": Case(
                lambda: plans.LookUpPlansRequest(parcel_number="13264290020000"),
                unanswered="PLAN_NOT_FOUND",
            )
        }
