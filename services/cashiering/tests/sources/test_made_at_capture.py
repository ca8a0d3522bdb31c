"""CASH-079: where a county allows it, a plain source is made while money waits."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cashiering_service.bootstrap import SPEC
from millage.cashiering.v1 import sources_pb2 as pb
from taxkit import testing

ROOT = Path(__file__).parents[4]


@pytest.fixture
def where(app, make_app, keys, counter, sources, tmp_path) -> Iterator[Callable[..., Any]]:
    """The sources of a county whose rules are changed so."""
    opened: list[Any] = []

    def county(**rules: bool) -> Any:
        target = tmp_path / "-".join(rules)
        shutil.copytree(ROOT / "jurisdictions", target)
        law = target / "us-il-cook" / "cashiering.yaml"
        text = law.read_text("utf-8")
        for name, allowed in rules.items():
            assert f"{name}: false" in text
            text = text.replace(f"{name}: false", f"{name}: {str(allowed).lower()}")
        law.write_text(text, "utf-8")
        built = make_app(MILLAGE_JURISDICTIONS_DIR=str(target))
        served = testing.server(SPEC, built.__enter__(), keys)
        opened.extend((built, served))
        return type(sources)(served.__enter__(), counter)

    yield county
    for one in reversed(opened):
        one.__exit__(None, None, None)


def test_cash_079_a_source_is_made_with_a_fund_that_is_known(where, sources, refused) -> None:
    """Entered, for any parcel or none; in force from its day."""
    there = where(create_at_capture=True)
    refused("FUND_UNKNOWN", there.add)
    sources.set()
    made = there.add()

    assert made.amount_mode == pb.AMOUNT_MODE_ENTERED
    assert there.get("RUSH") == made
    assert there.price(source_code="RUSH", amount_cents=700).amount_cents == 700
    refused("SOURCE_NOT_FOUND", there.get, "RUSH", "2022-12-14")
    refused("SOURCE_KNOWN", there.add)
    refused("FUND_UNKNOWN", there.add, "OTHER", debit_fund="9", debit_account="9")
    refused("SOURCE_CODE_INVALID", there.add, "rush job")
    refused("FUND_MISSING", there.add, "OTHER", credit_fund="")


def test_cash_079_new_funds_are_named_only_where_that_is_allowed_too(where) -> None:
    """Free-form fund mapping is a rule of its own."""
    there = where(create_at_capture=True, free_form_funds=True)

    assert there.add(credit_fund="new", credit_account="fund").credit_fund == "new"
