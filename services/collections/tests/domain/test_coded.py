"""RECV-058: what codes mean for exports and for delinquent notices."""

import pytest

from collections_service.domain.coded import (
    CodeOnBill,
    Purpose,
    delinquent_notices,
    is_exported,
    is_listed,
    kept_out,
)


def test_recv_058_any_code_that_keeps_a_bill_out_of_exports_does() -> None:
    """RECV-058: whatever the others say."""
    out = CodeOnBill("BANK", frozenset({"bankruptcy", "exclude_from_exports"}))
    assert is_exported([CodeOnBill("X", frozenset({"bankruptcy"}))])
    assert not is_exported([out, CodeOnBill("X")])
    assert is_exported([])


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        ([], "as_usual"),
        (["as_usual"], "as_usual"),
        (["exclude", "as_usual"], "exclude"),
        (["exclude", "include"], "include"),
        (["include", "exclude"], "exclude"),
    ],
)
def test_recv_058_of_several_that_speak_of_notices_the_last_one_set_decides(said, counts) -> None:
    """RECV-058, Q-35: a code that leaves notices as they are says nothing."""
    codes = [CodeOnBill(str(place), frozenset(), each) for place, each in enumerate(said)]
    assert delinquent_notices(codes) == counts


BANK = CodeOnBill("BANK", frozenset({"bankruptcy"}), "include")
DEFR = CodeOnBill("DEFR", frozenset({"deferral"}))
QUIET = CodeOnBill("QUIET", frozenset(), "exclude")
LOUD = CodeOnBill("LOUD", frozenset(), "include")
OUT = CodeOnBill("OUT", frozenset({"exclude_from_exports"}))


@pytest.mark.parametrize(
    ("codes", "exported", "noticed"),
    [
        ([], None, None),
        ([OUT], ("OUT", "exclude_from_exports"), None),
        ([BANK], None, ("BANK", "bankruptcy")),
        ([LOUD, DEFR, BANK], None, ("BANK", "bankruptcy")),
        ([DEFR, LOUD], None, ("DEFR", "deferral")),
        ([QUIET], None, ("QUIET", "delinquent_notices")),
        ([QUIET, LOUD], None, None),
        ([LOUD, QUIET], None, ("QUIET", "delinquent_notices")),
    ],
)
def test_recv_058_each_purpose_heeds_its_own_settings(codes, exported, noticed) -> None:
    """RECV-058: a stay goes before what is said of notices; to look at, everything is there."""
    assert kept_out(codes, Purpose.VIEW) is None
    assert kept_out(codes, Purpose.EXPORT) == exported
    assert kept_out(codes, Purpose.NOTICE) == noticed


@pytest.mark.parametrize(("cents", "listed"), [(499, False), (500, True)])
def test_recv_058_a_code_includes_a_bill_in_notices_however_little_it_owes(cents, listed) -> None:
    """RECV-058: in no other list."""
    assert is_listed([], Purpose.NOTICE, cents, 500) is listed
    assert is_listed([LOUD], Purpose.EXPORT, cents, 500) is listed
    assert is_listed([LOUD], Purpose.NOTICE, cents, 500)
