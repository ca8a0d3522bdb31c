"""The law of held money and of plans: the packs load, and a wrong one says where it is wrong."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from receivables_service.domain.held import (
    DEFAULT_SUBCODES,
    Effect,
    Procedure,
    StepRefused,
    check_step,
)
from receivables_service.held import rulebook as held_rulebook
from receivables_service.plans import rulebook as plan_rulebook
from taxkit.dated import NoTermInForce
from taxkit.packvalues import PackError

JURISDICTIONS = Path(__file__).parents[4] / "jurisdictions"
DAY = date(2022, 3, 1)


@pytest.fixture
def pack(tmp_path):
    """A copy of a pack that a test may spoil."""
    folder = tmp_path / "us-il-cook"
    shutil.copytree(JURISDICTIONS / "us-il-cook", folder)
    return folder


def spoil(file, old, new):
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


@pytest.mark.parametrize(
    "folder",
    sorted(each.parent for each in JURISDICTIONS.glob("*/jurisdiction.yaml")),
    ids=lambda each: each.name,
)
def test_recv_036_every_pack_maps_what_it_offers(folder):
    """RECV-036, RECV-043: each offered type has its kind; each kind can be refunded or claimed."""
    law = held_rulebook.load(folder).at(DAY)

    assert set(DEFAULT_SUBCODES) <= set(law.kinds)
    for code in law.advance_types:
        assert law.offer(code) in ("", "INACTIVE", "NOT_SELECTABLE")
    for code in law.kinds:
        assert law.workflow_of(code, Procedure.REFUND) or law.workflow_of(code, Procedure.CLAIM)
    assert plan_rulebook.load(folder).types(DAY)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("{code: overpayment,", "{code: overpaid,", "the ledger itself makes"),
        ("workflows: [refund, apply, transfer, claim]}", "workflows: [magic]}", "magic"),
        ("UNKNOWN_PARCEL: import_unmatched", "UNKNOWN_PARCEL: nowhere", "nowhere"),
        ("procedure: refund", "procedure: gift", "refund, apply, transfer, claim"),
        ("at: start, to: requested", "at: begin, to: requested", "first action"),
        ("effect: carry_out, second_person: true}", "second_person: true}", "carries"),
        ("category: trust", "category: treasure", "trust"),
    ],
)
def test_recv_043_a_law_that_cannot_work_is_refused_on_load(pack, old, new, says):
    """RECV-043: with file and line, before anybody's money is touched."""
    spoil(pack / "held_money.yaml", old, new)

    with pytest.raises(PackError, match=says) as error:
        held_rulebook.load(pack)
    assert "held_money.yaml:" in str(error.value)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("installments: 10", "installments: 0"),
        ('"0.2"', '"1.0"'),
        ("code: budget", "code: standard"),
    ],
)
def test_recv_048_a_plan_type_that_cannot_be_is_refused_on_load(pack, old, new):
    """RECV-048: no parts, all of it down, one code twice."""
    spoil(pack / "plans.yaml", old, new)

    with pytest.raises(PackError, match=r"plans\.yaml:\d+"):
        plan_rulebook.load(pack)


def test_recv_043_without_the_file_there_is_no_law(pack):
    """A county that says nothing holds money and does nothing with it."""
    for name in ("held_money.yaml", "plans.yaml"):
        (pack / name).unlink()
    for load in (held_rulebook.load(pack).at, plan_rulebook.load(pack).types):
        with pytest.raises(NoTermInForce):
            load(DAY)


def test_recv_043_steps_follow_the_workflow_and_its_second_person():
    """RECV-043: what is not open is refused with what is."""
    law = held_rulebook.load(JURISDICTIONS / "us-il-cook").at(DAY)
    workflow = law.workflow_of("overpayment", Procedure.REFUND)
    step = workflow.step("requested", "approve")

    assert (step.effect, workflow.ends_at(step.to)) == (Effect.CARRY_OUT, True)
    with pytest.raises(StepRefused, match="approve, reject, withdraw"):
        workflow.step("requested", "pay")
    with pytest.raises(StepRefused, match="somebody else"):
        check_step(step, "ana", "ana")
    check_step(step, "ana", "ben")
