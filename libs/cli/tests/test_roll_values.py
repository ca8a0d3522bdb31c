"""LEVY-001: a roll's file leaves net values to the law, with exemptions and caps by code."""

from pathlib import Path

import pytest

from millage.levy.v1 import levy_pb2 as pb
from millage_cli.problems import Problem
from millage_cli.roll import read_rolls

_COLUMNS = (
    "tax_year,parcel_number,tax_code,property_class,township,value_dollars,net_value_dollars,"
    "owner_name,owner_email,prior_year_total_cents,exemptions,value_caps"
)


def _parcel(tmp_path: Path, exemptions: str, caps: str) -> pb.Parcel:
    file = tmp_path / "parcels.csv"
    row = f"2021,1,T,,,900000,0,Ada Moore,,0,{exemptions},{caps}"
    file.write_text(f"{_COLUMNS}\n{row}\n", encoding="utf-8")
    (roll,) = read_rolls([file])
    (parcel,) = roll.parcels
    return parcel


def test_levy_001_exemptions_and_caps_are_read_by_code(tmp_path: Path) -> None:
    """With amounts where the roll says them; the net value is then the law's."""
    parcel = _parcel(tmp_path, "homeowner other=1200", "base_year=600000+50000 flat=5")
    assert [(each.code, each.amount_dollars) for each in parcel.exemptions] == [
        ("homeowner", 0),
        ("other", 1200),
    ]
    assert not parcel.exemptions[0].HasField("amount_dollars")
    assert [(each.code, each.base_dollars, each.added_dollars) for each in parcel.value_caps] == [
        ("base_year", 600_000, 50_000),
        ("flat", 5, 0),
    ]
    assert parcel.compute_net_value


def test_a_row_without_them_brings_its_net_value(tmp_path: Path) -> None:
    """As files did before there were such columns."""
    assert not _parcel(tmp_path, "", "").compute_net_value


@pytest.mark.parametrize("caps", ["base_year", "base_year=", "base_year=much", "base_year=1+x"])
def test_a_cap_without_a_whole_number_is_refused(tmp_path: Path, caps: str) -> None:
    with pytest.raises(Problem) as refused:
        _parcel(tmp_path, "", caps)
    assert refused.value.reason == "ROW_INVALID"
