"""RECV-021: programs are told when the law on file changes, each once."""

from datetime import date
from pathlib import Path

from receivables_service.discounts import announcing, program_events, rulebook
from taxkit.testing import emitted

TODAY = date(2022, 1, 15)


def _told(app):
    ending = ".DiscountProgramChanged.v1"
    return [one for one in emitted(app) if one["type"].endswith(ending)]


def test_every_program_of_the_years_still_paid_is_told_once(app, county):
    """Two programs, for each tax year from 2015 that is not older than ten years."""
    first = announcing.announce(app, TODAY)
    told = _told(app)
    assert first == len(told) == 2 * (2023 - 2015 + 1)
    assert announcing.announce(app, TODAY) == 0
    schema = program_events.PROGRAM_CHANGED.schema()
    assert all(schema.validate(one["data"]) == {} for one in told)
    (early,) = [one for one in told if one["subject"] == "discount-program/2021/early"]
    assert early["data"]["periods"][0]["last_day"] == "2022-01-31"
    assert (int(early["sequence"]), early["data"]["offered"]) == (1, True)


def test_a_changed_rate_is_told_and_a_program_that_is_gone_too(app, county, own_jurisdictions):
    """The others stay untold: nothing of them is another."""
    announcing.announce(app, TODAY)
    directory = Path(own_jurisdictions) / "us-il-cook"
    law = directory / "discounts.yaml"
    text = law.read_text("utf-8").split("        - code: senior")[0]
    law.write_text(text.replace('"0.05"', '"0.04"'), "utf-8")
    app.discounts = rulebook.load(directory)
    before = len(_told(app))
    assert announcing.announce(app, TODAY) == 18
    later = [one["data"] for one in _told(app)[before:]]
    early = [one for one in later if one["program"] == "early"]
    senior = [one for one in later if one["program"] == "senior"]
    assert {one["periods"][0]["rate"] for one in early} == {"0.04"}
    assert {one["offered"] for one in senior} == {False}


def test_a_balance_says_what_decides_on_its_discounts(county):
    """Its class, its day of issue, what of it is special; where the law offers none, nothing."""
    county.issue(components=[{"agency_code": "SPEC", "agency_name": "S", "amount_cents": 300_000}])
    (balance,) = county.told("BalanceChanged")
    assert balance["discounting"] == {
        "issued_on": "2021-11-01",
        "bill_class": balance["discounting"]["bill_class"],
        "billed_cents": 300_000,
        "specials_cents": 300_000,
        "corrected_on": [],
    }
