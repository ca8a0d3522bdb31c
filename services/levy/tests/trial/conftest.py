"""The service's server, with every table watched."""

import itertools
from collections.abc import Callable, Iterator

import pytest

from levy_service.bootstrap import SPEC
from millage.levy.v1 import levy_pb2 as pb
from taxkit import trial as trials


@pytest.fixture
def run_by() -> str:
    """All of a trial's requests are one person's."""
    return "anyone"


@pytest.fixture
def trial(app, channel, keys) -> Iterator[trials.Trial]:
    with trials.Trial.of(SPEC, app, channel, keys) as made:
        yield made


@pytest.fixture
def one_bill(levy, roll) -> Callable[[], str]:
    """Issue the bill of a parcel that no other roll has; gives its id."""
    parcel = roll.parcels(2021)[0].parcel
    rates = [one for one in roll.rates(2021) if one.rate.tax_code == parcel.tax_code]
    numbers = itertools.count(20_000_000_000_000)

    def issue() -> str:
        own = pb.Parcel()
        own.CopyFrom(parcel)
        own.parcel_number = str(next(numbers))
        parts = [roll.header(2021, own.parcel_number), *rates, pb.LoadRollRequest(parcel=own)]
        return levy.load(parts).bill_ids[0]

    return issue
