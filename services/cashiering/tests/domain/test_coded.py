"""RECV-058, RECV-062: what codes mean at a counter."""

from dataclasses import replace
from uuid import UUID

from cashiering_service.domain.coded import CodeKnown, alerts, allows_part
from cashiering_service.domain.finding import Finding, Severity
from cashiering_service.domain.findings import BillKnown

BILL = BillKnown(UUID(int=1), "2021-P", "P", 2021, "Ada", 1_000, ())


def test_recv_062_one_code_that_allows_it_is_enough() -> None:
    """RECV-062: whatever other codes say."""
    other, part = CodeKnown("X"), CodeKnown("PART", "", frozenset({"partial_payment"}))
    assert allows_part((other, part))
    assert not allows_part((other,))


def test_recv_058_an_alert_warns_and_the_panel_shows() -> None:
    """RECV-058: apart, each by its own switch; a code without either says nothing."""
    codes = (
        CodeKnown("BANK", "In bankruptcy", frozenset({"alert_user"})),
        CodeKnown("HALF", "No halves", frozenset({"warning_panel"})),
        CodeKnown("GROUP", "Grouped", frozenset({"mobile_home_movement"})),
    )
    found: list[Finding] = list(alerts(replace(BILL, codes=codes)))
    assert [one.severity for one in found] == [Severity.WARN, Severity.SHOW]
    assert "In bankruptcy" in found[0].message


def test_recv_058_a_stay_is_told_of_whether_or_not_the_code_asks_for_attention() -> None:
    """RECV-058: bankruptcy is warned of, a deferral shown."""
    code = CodeKnown("B", "Both", frozenset({"bankruptcy", "deferral"}))
    found = list(alerts(replace(BILL, codes=(code,))))
    assert [(one.code, one.severity) for one in found] == [
        ("CODE_BANKRUPTCY", Severity.WARN), ("CODE_DEFERRAL", Severity.SHOW),
    ]  # fmt: skip
