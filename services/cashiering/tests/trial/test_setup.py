"""Limits, overrides, sources, held money and reports, asked in every wrong way."""

import pytest

from millage.cashiering.v1 import authority_pb2 as authority
from millage.cashiering.v1 import held_money_pb2 as held
from millage.cashiering.v1 import sources_pb2 as sources
from taxkit.trial import Case, Suite, report_cases

DAY = "2022-12-15"


class TestAuthority(Suite):
    service = "millage.cashiering.v1.AuthorityService"

    @pytest.fixture
    def cases(self, stage, keys) -> dict[str, Case]:
        def limits(**given) -> authority.SetLimitsRequest:
            return authority.SetLimitsRequest(
                **{"cashier": stage.name("c"), "effective_from": "2022-01-01", **given}
            )

        def override(session_id: str, own_cents: int = 10) -> authority.AuthoriseOverrideRequest:
            allowed = limits(cashier="clerk", overrides_allowed=True, tolerance_cents=own_cents)
            stage.do(allowed)
            return authority.AuthoriseOverrideRequest(
                session_id=session_id, order_key=stage.name("order"), action="tolerance",
                amount_cents=500, reason="short of change",
                approver_token=keys.token("cashiering.override.approve", user="head"),
            )  # fmt: skip

        return {
            "SetLimits": Case(
                lambda: limits(tolerance_cents=7, may_take="all"),
                always_possible="limits may be set for any day; what was set before stays on file",
            ),
            "GetLimits": Case(lambda: authority.GetLimitsRequest(cashier="clerk", on=DAY)),
            "AuthoriseOverride": Case(
                lambda: override(stage.open_session),
                refused_when={
                    "SESSION_CLOSED": lambda: override(stage.closed()),
                    "OVERRIDE_NOT_NEEDED": lambda: override(stage.open_session, own_cents=1_000),
                },
            ),
            "ListOverrides": Case(authority.ListOverridesRequest),
        }


class TestSources(Suite):
    service = "millage.cashiering.v1.SourcesService"

    @pytest.fixture
    def cases(self, stage) -> dict[str, Case]:
        def source(**given) -> sources.Source:
            plain = {
                "source_code": stage.name("DOGS"), "effective_from": "2022-01-01",
                "name": "Dog license", "short_name": "Dogs", "source_group": "Animals",
                "amount_mode": sources.AMOUNT_MODE_FLAT, "amount_cents": 1_500,
                "parcel_tie": sources.PARCEL_TIE_OPTIONAL,
                "credit_fund": "100", "credit_account": "4711",
                "inputs": [sources.Input(name="dog", input_type=sources.INPUT_TYPE_TEXT)],
            }  # fmt: skip
            return sources.Source(**(plain | given))

        def added(**given) -> sources.AddSourceAtCaptureRequest:
            plain = {
                "source_code": stage.name("RUSH"), "name": "Rush copy", "short_name": "Rush",
                "credit_fund": "100", "credit_account": "4711", "effective_from": DAY,
            }  # fmt: skip
            return sources.AddSourceAtCaptureRequest(**(plain | given))

        entry = sources.SourceEntry(source_code="CATS", fields={"dog": "Rex"})
        stage.do(sources.SetSourceRequest(source=source(source_code="CATS")))
        return {
            "SetSource": Case(
                lambda: sources.SetSourceRequest(source=source()),
                always_possible="a source may be set anew for any day; what it was stays",
            ),
            "AddSourceAtCapture": Case(
                added, refused_when={"SOURCE_KNOWN": lambda: added(source_code="CATS")}
            ),
            "GetSource": Case(lambda: sources.GetSourceRequest(source_code="CATS", as_of=DAY)),
            "ListSources": Case(lambda: sources.ListSourcesRequest(as_of=DAY)),
            "PriceEntry": Case(lambda: sources.PriceEntryRequest(entry=entry, as_of=DAY)),
        }


class TestHeldMoney(Suite):
    service = "millage.cashiering.v1.HeldMoneyService"

    @pytest.fixture
    def cases(self) -> dict[str, Case]:
        return {
            "ListHeldMoney": Case(lambda: held.ListHeldMoneyRequest(parcel_number="13264290020000"))
        }


class TestReports(Suite):
    service = "millage.reports.v1.ReportsService"

    @pytest.fixture
    def cases(self, stage) -> dict[str, Case]:
        stage.receipt()
        return report_cases(stage.do, "payment-listing", {"from_on": DAY, "to_on": DAY})
