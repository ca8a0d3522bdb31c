"""What `make demo JURISDICTION=...` promises of each small county in examples/ comes true."""

import dataclasses
import io
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import pytest
from counties import Place, databases
from rich.console import Console
from typing_extensions import override

from devkit import county_example
from devkit.county_demo import CountyDemo
from devkit.county_example import Example
from devkit.stage import DemoProblem

# After the last day of any example.
NOW = datetime(2025, 8, 1, 18, tzinfo=UTC)


class Played(CountyDemo):
    """The same scenes where events are handed on and not waited for."""

    place: Place

    @override
    def heard(self, bills):
        self.place.pass_on()
        return []

    @override
    def passed_on(self, receipt):
        self.place.pass_on()

    @override
    def tied_out(self, day):
        # Distribution hears of the deposit.
        self.place.pass_on()
        return super().tied_out(day)


@pytest.fixture
def urls(postgres_admin_url: str) -> Iterator[Mapping[str, str]]:
    with databases(postgres_admin_url) as made:
        yield made


def play(urls: Mapping[str, str], example: Example) -> str:
    said = Console(file=io.StringIO(), width=160)
    with Place.opened(example.jurisdiction, urls, NOW) as place:
        demo = Played(said, place.client, place.client, example=example)
        demo.place = place
        demo.play()
    return said.file.getvalue()


@pytest.mark.parametrize("jurisdiction", county_example.known())
def test_a_small_county_comes_out_as_worked_out_by_hand(jurisdiction, urls) -> None:
    """Bills, debts before and after the payments, and the tie-out of every day."""
    said = play(urls, county_example.read(jurisdiction))

    assert said.count("to the cent as worked out by hand") == 3
    assert "It holds, to the cent" in said


def test_a_cent_that_differs_ends_it(urls) -> None:
    """A demo that cannot fail proves nothing."""
    example = county_example.read("us-ca")
    wrong = [{**row, "owed_cents": str(int(row["owed_cents"]) + 1)} for row in example.owed]

    with pytest.raises(DemoProblem, match=r"owes 123457 on 2019-12-10, worked out 123458"):
        play(urls, dataclasses.replace(example, owed=wrong))


def test_there_is_more_than_one() -> None:
    assert len(county_example.known()) >= 2
