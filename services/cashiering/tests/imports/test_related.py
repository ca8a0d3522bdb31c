"""CASH-022: a file pays nothing on a parcel on which another tax goes first."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cashiering_service.bootstrap import SPEC
from cashiering_service.domain.remittance.reference import COUNTY_FORMAT
from taxkit import testing
from taxkit.clock import FixedClock

JURISDICTIONS = Path(__file__).parents[4] / "jurisdictions"
PARCEL, OTHER = "13264290020000", "18032000510000"
HEAD = "bill_reference,amount,paid_on,received_on,check_number,payer_name"
REAL = 'classes: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]}'
LAW = {
    REAL: 'classes: ["2"]}\n        - {code: mobile, name: "Mobile home", classes: ["MH"]}',
    "related: []": "related: [{tax_type: mobile, may_override: true}]",
}


@pytest.fixture
def make_app(database_url: str, tmp_path: Path) -> Callable[..., Any]:
    """A county in which a delinquent mobile home goes first."""
    pack = tmp_path / "us-il-cook"
    shutil.copytree(JURISDICTIONS / "us-il-cook", pack)
    file = pack / "cashiering_baskets.yaml"
    text = file.read_text("utf-8")
    for right, other in LAW.items():
        assert text.count(right) == 1, right
        text = text.replace(right, other)
    file.write_text(text, "utf-8")
    now = FixedClock(datetime(2023, 3, 31, 18, tzinfo=UTC))
    given = {"MILLAGE_JURISDICTIONS_DIR": str(tmp_path)}
    return lambda: testing.application(SPEC, database_url, now, **given)


@pytest.fixture
def mobile(app, balance, bill_of) -> None:
    """The parcel's mobile home owes $8.00 of 2020, half of it late on the file's day."""
    bill_id = bill_of(PARCEL, 2020)
    app.consumer.absorb("on_balance_changed", [balance(PARCEL, 2020, 800)])
    data = {"bill_id": str(bill_id), "tax_code": "71163", "property_class": "MH1"}
    body = testing.foreign_event("org.millage.levy.BillCreated.v1", f"bill/{bill_id}", data)
    app.consumer.absorb("on_bill_created", [body])


def _file(*lines: tuple[str, int, int]) -> bytes:
    rows = [
        f"{COUNTY_FORMAT.write(parcel, year)},{cents // 100}.{cents % 100:02d},"
        f"2022-12-27,2022-12-28,{place},P"
        for place, (parcel, year, cents) in enumerate(lines, start=1)
    ]
    total = sum(cents for _, _, cents in lines)
    end = f"TRAILER,{len(lines)},{total // 100}.{total % 100:02d}"
    return "\n".join([HEAD, *rows, end, ""]).encode()


def test_cash_022_what_goes_first_keeps_a_files_money_in_suspense(files_service, mobile) -> None:
    """Another parcel's is posted; the line says which bill is late."""
    run = files_service.imported(_file((PARCEL, 2021, 500), (OTHER, 2021, 435)), "csv")
    (waiting,) = [one for one in run.lines if one.reason]

    assert (run.posted_count, run.suspense_count) == (1, 1)
    assert (waiting.reason, waiting.parcel_number) == ("RELATED_TAX_DELINQUENT", PARCEL)
    assert f"Mobile home (bill 2020-{PARCEL})" in waiting.message


def test_cash_022_a_file_that_settles_what_is_late_pays_the_rest(files_service, mobile) -> None:
    """In whatever order its lines stand."""
    run = files_service.imported(_file((PARCEL, 2021, 500), (PARCEL, 2020, 400)), "csv")

    assert (run.posted_count, run.suspense_count) == (2, 0)


def test_cash_022_a_cent_less_settles_nothing(files_service, mobile) -> None:
    """Neither of the lines is taken for its bill."""
    run = files_service.imported(_file((PARCEL, 2021, 500), (PARCEL, 2020, 399)), "csv")

    assert (run.posted_count, run.suspense_count) == (0, 2)
