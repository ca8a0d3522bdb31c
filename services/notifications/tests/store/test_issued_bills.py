"""Section 9: who is reached by mail reads that a bill is out, once, while it is to be paid."""

import pytest

from taxkit import testing
from taxkit.ids import new_id

_OWNER = {"name": "Imogen Vale", "email": "imogen.vale@example.org"}


def bill(*dues: tuple[str, int], **changes) -> str:
    """A bill as levy publishes it, due in parts."""
    bill_id = str(new_id())
    data = {
        "bill_id": bill_id, "bill_number": "2022-13264290020000", "bill_version": 1,
        "jurisdiction": "us-il-cook", "parcel_number": "13264290020000", "tax_year": 2022,
        "tax_code": "71163", "property_class": "211", "owner": _OWNER, "part": "whole",
        "total_cents": sum(cents for _, cents in dues), "components": [],
        "installments": [
            {"installment": number, "due_on": due_on, "amount_cents": cents}
            for number, (due_on, cents) in enumerate(dues, 1)
        ],
        **changes,
    }  # fmt: skip
    return testing.foreign_event(
        "org.millage.levy.BillCreated.v1", f"bill/{bill_id}", data, time="2022-12-15T16:20:00+00:00"
    )


DUES = (("2023-03-01", 49_642), ("2023-12-30", 76_379))


def sent(app, sink, *bodies: str) -> list[str]:
    app.consumer.absorb("on_bill_created", list(bodies))
    assert testing.parked(app) == []
    app.sender.send_due()
    return [each.get_content() for each in sink.messages]


def test_a_bill_is_told_of_once_with_what_is_due_when(app, sink):
    """Whatever is delivered twice."""
    body = bill(*DUES)
    (words,) = sent(app, sink, body, body)
    assert sent(app, sink, body) == [words]
    assert sink.subjects == ["Your tax bill 2022-13264290020000: $1,260.21"]
    assert "Installment 2, due 2023-12-30: $763.79" in words


@pytest.mark.parametrize(
    "changes",
    [
        {"owner": {"name": "Imogen Vale", "email": None}},
        {"owner": {"name": "Imogen Vale", "email": "no address"}},
        {"owner": None},
        {"installments": []},
        {"total_cents": 0},
    ],
    ids=["no address", "a wrong address", "nobody", "nothing due", "nothing asked for"],
)
def test_nothing_is_printed_for_whom_mail_does_not_reach(app, sink, changes):
    """The bill goes out on paper anyhow."""
    assert sent(app, sink, bill(*DUES, **changes)) == []
    with app.database.begin() as connection:
        assert connection.exec_driver_sql("select count(*) from notices").scalar_one() == 0


def test_an_old_roll_that_is_loaded_tells_nobody_anything(app, sink):
    """Its bills came due before they were told of; one that is due that very day is told."""
    assert sent(app, sink, bill(("2022-12-14", 100), ("2023-12-30", 0))) == []
    assert len(sent(app, sink, bill(("2022-12-15", 100)))) == 1
