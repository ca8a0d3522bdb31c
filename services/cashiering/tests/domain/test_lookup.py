"""CASH-013, CASH-014, AC-1: which keys lead to which kind of business."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cashiering_service.domain.lookup import SERVICE_TYPES, check_lookup
from taxkit.errors import Refusal

ALL = tuple(SERVICE_TYPES)
KEYS = sorted({key for kind in SERVICE_TYPES.values() for key in kind.keys})
# AC-1, row by row: the groups of keys each of which is enough, and what may narrow it besides.
AC_1 = [
    ("tax", ["tax_year bill_number", "parcel_number", "ain"], ""),
    ("tax_sale", ["tax_year bill_number", "parcel_number", "ain"], ""),
    ("advance", ["advance_type parcel_number amount", "advance_type ain amount"], "tax_year"),
    ("advance", ["escrow_account amount"], ""),
    ("pre_pay", ["plan_number payer_name amount"], ""),
    ("miscellaneous", ["misc_group misc_type", "receipt_number", "permit_number"], ""),
    ("motor_vehicle", ["tax_year bill_number", "vin", "plate"], ""),
    ("business_license", ["tax_year bill_number", "license_number"], ""),
    ("bankruptcy_litigation", ["case_number claim_number"], ""),
    ("payment_plan", ["plan_number", "parcel_number", "plan_number parcel_number"], ""),
    ("state_credit", ["revenue_account"], ""),
    ("trust_tax", ["tax_year bill_number", "account_number"], ""),
    ("repay_reversal", ["receipt_number receipt_year"], ""),
    ("tax_sale_buyer", ["buyer_number", "group_buyer_number"], "sale_id sale_sequence"),
    ("tax_sale_endorsement", ["parcel_number", "tax_year bill_number"], ""),
    ("tax_sale_pre_sale", ["parcel_number", "ain"], "tax_year bill_number"),
    ("tax_sale_purchase", ["certificate_year certificate_number buyer_number"], ""),
    ("tax_deed_redemption", ["tda_number"], ""),
]


def some(words: str) -> dict[str, str]:
    return dict.fromkeys(words.split(), "1")


@pytest.mark.parametrize(("service_type", "groups", "besides"), AC_1)
def test_ac_1_lookup_keys(service_type: str, groups: list[str], besides: str) -> None:
    """AC-1: any one group is enough, with and without what narrows it."""
    for group in groups:
        found = check_lookup(service_type, some(group), ALL)
        narrowed = check_lookup(service_type, some(f"{group} {besides}"), ALL)

        assert set(found.group) <= set(group.split())
        assert narrowed.group == found.group


@pytest.mark.parametrize(("service_type", "groups", "besides"), AC_1)
def test_ac_1_a_group_short_of_a_key_is_refused_by_its_name(
    service_type: str, groups: list[str], besides: str
) -> None:
    """CASH-014: the refusal names the key that is missing, in words and as a field."""
    for group in groups:
        wanted = group.split()
        for left_out in wanted:
            rest = {key: "1" for key in wanted if key != left_out}
            if not rest or any(set(other.split()) <= set(rest) for other in groups):
                continue
            with pytest.raises(Refusal) as refusal:
                check_lookup(service_type, rest, ALL)

            assert refusal.value.reason == "KEY_MISSING"
            assert left_out in refusal.value.message
            assert f"keys.{left_out}" in [one.field for one in refusal.value.fields]


def test_ac_1_no_row_of_the_table_is_without_a_type() -> None:
    """Every type the counter knows is a row of AC-1, and every row a type."""
    assert {row[0] for row in AC_1} == set(SERVICE_TYPES)


@pytest.mark.parametrize("service_type", ALL)
def test_cash_013_a_type_that_is_not_enabled_is_refused(service_type: str) -> None:
    """Even with the right keys; the others stay as they are."""
    kind = SERVICE_TYPES[service_type]
    enabled = [code for code in ALL if code != service_type]
    with pytest.raises(Refusal) as refusal:
        check_lookup(service_type, some(" ".join(kind.groups[0])), enabled)

    assert refusal.value.reason == "SERVICE_TYPE_DISABLED"


@pytest.mark.parametrize("service_type", ["", "taxes", "TAX"])
def test_cash_013_a_type_nobody_knows_is_refused(service_type: str) -> None:
    with pytest.raises(Refusal) as refusal:
        check_lookup(service_type, some("parcel_number"), ALL)

    assert refusal.value.reason == "SERVICE_TYPE_UNKNOWN"


def test_cash_014_no_key_at_all_is_told_the_choices() -> None:
    with pytest.raises(Refusal) as refusal:
        check_lookup("tax", {}, ALL)

    assert "parcel_number, or tax_year and bill_number, or ain" in refusal.value.message


def test_cash_014_a_key_of_another_type_is_not_ignored() -> None:
    with pytest.raises(Refusal) as refusal:
        check_lookup("tax", some("parcel_number plate"), ALL)

    assert refusal.value.reason == "KEY_NOT_OF_TYPE"
    assert [one.field for one in refusal.value.fields] == ["keys.plate"]


@given(st.sampled_from(ALL), st.sets(st.sampled_from(KEYS)))
def test_cash_014_a_lookup_is_taken_when_and_only_when_a_group_is_complete(
    service_type: str, keys: set[str]
) -> None:
    """Whatever is given: accepted means a whole group and nothing foreign, and the reverse."""
    kind = SERVICE_TYPES[service_type]
    complete = any(set(group) <= keys for group in kind.groups) and keys <= kind.keys
    given_keys = dict.fromkeys(keys, "1")
    if complete:
        assert check_lookup(service_type, given_keys, ALL).keys == given_keys
    else:
        with pytest.raises(Refusal, match=r"KEY_MISSING|KEY_NOT_OF_TYPE"):
            check_lookup(service_type, given_keys, ALL)


def test_cash_018_only_a_lookup_by_bill_number_is_one() -> None:
    assert check_lookup("tax", some("tax_year bill_number"), ALL).by_bill_number
    assert not check_lookup("tax", some("parcel_number"), ALL).by_bill_number
