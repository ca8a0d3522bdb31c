"""LEVY-007, LEVY-013: edits that contradict themselves change nothing of the draft."""

from millage.levy.v1 import modifications_pb2 as pb


def edits(modifications, draft, *given):
    request = pb.EditModificationRequest(
        modification_id=draft.modification_id, expected_revision=draft.revision, edits=given
    )
    return modifications.call("EditModification", request)


def test_levy_007_a_bill_is_edited_once_a_call(modifications, refused, bill):
    """LEVY-007: which of the two would count nobody could tell."""
    draft = modifications.open("MN")
    twice = [pb.ModificationEdit(bill_id=bill, total_cents=cents) for cents in (1, 2)]
    assert refused(edits, modifications, draft, *twice) == "EDITED_TWICE"
    assert modifications.get(draft).revision == draft.revision


def test_levy_013_a_statement_has_one_due_date(modifications, refused, issue, told):
    """LEVY-013: two bills of a parcel's year, the increment's among them, are due together."""
    bills = issue("13264290020000", frozen_value_dollars=40_000)
    for each in bills:
        told(each, [(1, 0), (1, 0)])
    draft = modifications.open("NC")
    days = ("2023-07-30", "2023-08-15")
    apart = [
        pb.ModificationEdit(bill_id=each, due_on=day) for each, day in zip(bills, days, strict=True)
    ]
    assert refused(edits, modifications, draft, *apart) == "DUE_DATES_DIFFER"
    assert modifications.get(draft).revision == draft.revision


def test_levy_008_a_code_nobody_made_is_not_put_on_a_bill(modifications, refused, bill, code):
    """LEVY-008: told of all the same, it would hold up all that its modification says."""
    code("BANK")
    draft = modifications.open("MN")
    assert refused(modifications.edit, draft, bill_code="BNAK") == "CODE_UNKNOWN"
    assert modifications.get(draft) == draft
    assert modifications.edit(draft, bill_code="BANK").modified[0].bill_code == "BANK"


def test_levy_009_no_bill_is_due_before_its_year(modifications, refused, bill, levy):
    """LEVY-009: a slip of the pen in the year would make a bill late by centuries."""
    draft = modifications.open("NC")
    assert refused(modifications.edit, draft, due_on="2020-12-31") == "DUE_ON_BEFORE_TAX_YEAR"
    modifications.finish(modifications.edit(draft, due_on="2021-01-01"))
    assert levy.bill(bill).installments[0].due_on == "2021-01-01"
