"""Roll files: read by their columns, refused by file, line and column."""

from pathlib import Path

import pytest

from millage_cli.addresses import Addresses
from millage_cli.problems import Problem
from millage_cli.roll import Roll, load, read_rolls

ROLL = Path(__file__).parents[3] / "examples" / "roll"


def test_the_example_roll_is_one_roll_a_tax_year():
    """Four years, 24 parcels, in any order of the files."""
    rolls = read_rolls([ROLL / "parcels.csv", ROLL / "rates.csv"])

    assert [roll.tax_year for roll in rolls] == [2018, 2019, 2020, 2021]
    assert sum(len(roll.parcels) for roll in rolls) == 24
    assert rolls[3].parcels[0].net_value_dollars == 17_532_810
    assert rolls[0].rates[0].rate_percent == "0.489"


def test_cash_035_parcels_in_districts_bring_their_share():
    """A column that other rolls leave out."""
    districts = read_rolls([ROLL / "increment" / "parcels.csv"])

    assert sum(len(roll.parcels) for roll in districts) == 18
    assert {parcel.increment_share for parcel in districts[3].parcels} == {
        "0.2948",
        "0.8254",
        "0.9520",
    }
    others = read_rolls([ROLL / "parcels.csv"])
    assert {parcel.increment_share for roll in others for parcel in roll.parcels} == {""}


def test_the_same_content_has_the_same_digest_and_another_has_another():
    """The digest is the key under which a roll loads once."""
    first, again = read_rolls([ROLL / "rates.csv"]), read_rolls([ROLL / "rates.csv"])

    assert [one.digest("print") for one in first] == [one.digest("print") for one in again]
    assert len({one.digest("print") for one in first}) == len(first)
    assert first[0].digest("print") != first[0].digest("hearsay")


def test_columns_that_are_neither_rates_nor_parcels_are_refused(tmp_path):
    """The message says which columns each kind has."""
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n")

    with pytest.raises(Problem, match="COLUMNS_UNKNOWN") as refused:
        read_rolls([path])

    assert "net_value_dollars" in refused.value.message


def test_a_number_that_is_none_is_refused_with_its_line(tmp_path):
    """File, line and column are named."""
    path = tmp_path / "parcels.csv"
    head = (ROLL / "parcels.csv").read_text("utf-8").splitlines()[0]
    path.write_text(f"{head}\n2018,1,35011,299,T,abc,1,1,O,\n")

    with pytest.raises(Problem, match=r"line 2: value_dollars is 'abc'"):
        read_rolls([path])


def test_a_file_of_another_encoding_is_refused(tmp_path):
    """Names are not guessed."""
    path = tmp_path / "parcels.csv"
    head = (ROLL / "parcels.csv").read_text("utf-8").splitlines()[0]
    path.write_bytes(f"{head}\n2018,1,35011,299,T,1,1,1,José,\n".encode("latin-1"))

    with pytest.raises(Problem, match="BAD_ENCODING"):
        read_rolls([path])


def test_cash_035_a_frozen_value_is_a_column_that_may_be_left_out(tmp_path):
    """CASH-035: empty is none, and none is not zero."""
    path = tmp_path / "parcels.csv"
    head = (ROLL / "parcels.csv").read_text("utf-8").splitlines()[0]
    row = "2018,1,35011,299,T,9,9,1,O,"
    path.write_text(f"{head},frozen_value_dollars\n{row},\n{row},0\n{row},7\n")

    (roll,) = read_rolls([path])
    given = [
        one.frozen_value_dollars if one.HasField("frozen_value_dollars") else None
        for one in roll.parcels
    ]
    assert given == [None, 0, 7]


class _Levy:
    """Keeps the headers of the rolls it is sent."""

    def __init__(self) -> None:
        self.headers = []
        self.addresses = Addresses({})

    @property
    def levy(self):
        return self

    def LoadRoll(self, parts):  # noqa: N802 (gRPC names its methods)
        self.headers.append(next(parts).header)


def test_whose_roll_it_is_says_the_caller_or_the_services_own_variable(monkeypatch):
    """A county of another pack loads its rolls with no option more."""
    levy, roll = _Levy(), Roll(2023, (), ())
    monkeypatch.setenv("MILLAGE_JURISDICTION", "us-tx")
    load(levy, roll, source="a test")
    load(levy, roll, source="a test", jurisdiction="us-wa")
    monkeypatch.delenv("MILLAGE_JURISDICTION")
    load(levy, roll, source="a test")
    levy.addresses = Addresses({}, jurisdiction="us-ca")
    load(levy, roll, source="a test")

    assert [each.jurisdiction for each in levy.headers] == [
        *("us-tx", "us-wa", "us-il-cook", "us-ca")
    ]


def test_levy_002_funds_may_have_names(tmp_path):
    file = tmp_path / "rates.csv"
    head = "tax_year,tax_code,agency_code,agency_name,rate_percent,fund_shares,fund_names"
    names = "general=General fund; debt=Debt service"
    file.write_text(f"{head}\n2021,1,A,Agency,0.4,general=0.75 debt=0.25,{names}\n", "utf-8")
    (rate,) = read_rolls([file])[0].rates
    assert [(one.fund_code, one.share, one.fund_name) for one in rate.funds] == [
        ("general", "0.75", "General fund"),
        ("debt", "0.25", "Debt service"),
    ]
