"""The bus contract: what distribution publishes is what it declares; what it reads is enough."""

import pytest

from distribution_service import rulebook
from distribution_service.bootstrap import SPEC
from taxkit import contracts
from taxkit.errors import Permanent
from taxkit.ids import new_id


@pytest.mark.parametrize("event_type", SPEC.publishes, ids=lambda one: one.name)
def test_published_examples_are_valid(event_type):
    """The example in the contract is one the schema accepts."""
    assert event_type.schema().validate(event_type.example) == {}


def test_fields_a_neighbour_adds_are_ignored(neighbours):
    """An owner may add fields without breaking its readers."""
    subscription = SPEC.subscriptions[0]
    body = neighbours.bill_created(new_id(), something_new=True)
    event = contracts.decode(body, subscription.type_name, subscription.schema)
    assert "something_new" not in event.data


@pytest.mark.parametrize("missing", ["posting_id", "rows", "business_date", "tax_year"])
def test_an_allocation_with_a_field_missing_is_refused(neighbours, missing):
    """What shares cannot do without is named in the refusal."""
    subscription = SPEC.subscriptions[-1]
    body = neighbours.allocated(new_id(), 2, (new_id(), "tax", 5))
    with pytest.raises(Permanent) as refused:
        contracts.decode(
            body.replace(f'"{missing}"', '"other"'), subscription.type_name, subscription.schema
        )
    assert refused.value.reason == "DATA_INVALID"
    assert missing in refused.value.message


def test_an_unknown_charge_is_refused(neighbours):
    """Money of a kind the law on file does not share is a person's business."""
    subscription = SPEC.subscriptions[-1]
    body = neighbours.allocated(new_id(), 2, (new_id(), "duty", 5))
    with pytest.raises(Permanent, match="charge_type"):
        contracts.decode(body, subscription.type_name, subscription.schema)


def test_cook_countys_interest_is_the_countys(jurisdiction):
    """35 ILCS 200/21-15: interest is paid into the general fund of the county."""
    terms = rulebook.load(jurisdiction).at(2021)
    assert (
        terms.interest_agency,
        terms.interest_rule_id,
    ) == ("010010000", "us-il-cook/distribution/interest/2010")


def test_a_pack_that_shares_unapplied_money_is_refused(jurisdiction, tmp_path):
    """The engine knows no rule for it, so a pack may not ask for it."""
    folder = tmp_path / jurisdiction.name
    folder.mkdir()
    for file in ("jurisdiction.yaml", "distribution.yaml"):
        text = (jurisdiction / file).read_text(encoding="utf-8")
        (folder / file).write_text(text.replace("shared: false", "shared: true"), encoding="utf-8")
    with pytest.raises(Exception, match=r"unapplied.*shared: true"):
        rulebook.load(folder)
