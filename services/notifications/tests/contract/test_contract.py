"""The bus contract and the pack: what is published is declared, what is read is enough."""

import pytest

from notifications_service import rulebook
from notifications_service.bootstrap import SPEC
from taxkit import contracts
from taxkit.errors import Permanent
from taxkit.ids import new_id


@pytest.mark.parametrize("event_type", SPEC.publishes, ids=lambda one: one.name)
def test_published_examples_are_valid(event_type):
    """The example in the contract is one the schema accepts."""
    assert event_type.schema().validate(event_type.example) == {}


def test_fields_a_neighbour_adds_are_ignored(posted):
    """An owner may add fields without breaking its readers."""
    subscription = SPEC.subscriptions[0]
    event = contracts.decode(
        posted(new_id(), something_new=1), subscription.type_name, subscription.schema
    )
    assert "something_new" not in event.data


@pytest.mark.parametrize("missing", ["payer", "total_cents", "effective_on", "lines"])
def test_a_payment_with_a_field_missing_is_refused(posted, missing):
    """What the words cannot do without is named in the refusal."""
    subscription = SPEC.subscriptions[0]
    body = posted(new_id()).replace(f'"{missing}"', '"other"')
    with pytest.raises(Permanent, match=missing):
        contracts.decode(body, subscription.type_name, subscription.schema)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("treasurer@cook.example", "treasurer at cook", "sender"),
        ("code: void", "code: receipt", "twice"),
        ("is void", "is {{ void", "the template void"),
        ("recipient: payer", "recipient: mayor", "payer"),
        ("only_if: opened_cents", "only_if: whim", "whim"),
        ("stage: final", "stage: first", "notice of its own"),
        ("          stage: final\n", "", "notice of its own"),
    ],
)
def test_a_pack_with_unusable_notices_is_refused(jurisdiction, tmp_path, before, after, said):
    """File, line and reason, before anything is sent."""
    folder = tmp_path / jurisdiction.name
    (folder / "notices").mkdir(parents=True)
    for file in ("jurisdiction.yaml", "notifications.yaml", *NOTICES):
        text = (jurisdiction / file).read_text(encoding="utf-8")
        changed = text.replace(before, after) if file == "notifications.yaml" else text
        (folder / file).write_text(changed, encoding="utf-8")
    with pytest.raises(Exception, match=said):
        rulebook.load(folder)


NOTICES = (
    "notices/receipt.txt.j2", "notices/void.txt.j2", "notices/bill_corrected.txt.j2",
    "notices/bill_issued.txt.j2",
    "notices/surplus.txt.j2", "notices/discount.txt.j2", "notices/discount_reversed.txt.j2",
    "notices/discount_ending.txt.j2", "notices/delinquent_first.txt.j2",
    "notices/delinquent_final.txt.j2", "notices/discount_policy.txt.j2",
    "notices/code_policy.txt.j2", "notices/returned.txt.j2", "notices/cancelled.txt.j2",
    "notices/plan_denied.txt.j2", "notices/plan_broken.txt.j2", "notices/plan_void.txt.j2",
    "notices/grace_ended.txt.j2", "notices/import_finished.txt.j2",
)  # fmt: skip
