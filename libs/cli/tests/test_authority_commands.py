"""`millage limits`, `millage override` and `millage held` against a real cashiering."""

import itertools

from taxkit.ids import new_id

RIGHTS = ("cashiering.*",)
_tills = itertools.count(1)


def test_cash_007_limits_are_set_and_shown(counter) -> None:
    """What is left out is not said."""
    ended = counter(
        "limits", "set", "--cashier", "quinn", "--from", "2022-01-01", "--tolerance", "1.00",
        "--interest-waiver", "30", "--overrides", "--json", rights=RIGHTS,
    )  # fmt: skip
    assert ended.exit_code == 0, ended.err

    shown = counter("limits", "show", "--cashier", "quinn", "--on", "2022-12-15", rights=RIGHTS)
    assert shown.exit_code == 0, shown.err
    assert "$1.00" in shown.out
    assert "allowed" in shown.out
    assert ended.answer["max_interest_waiver_cents"] == 3_000


def test_cash_008_a_second_person_is_asked(counter, keys) -> None:
    """By a token of his own; the list names him."""
    till = f"A{next(_tills):02d}"
    opened = counter(
        "session", "open", "--till", till, "--business-date", "2022-12-15", "--json", rights=RIGHTS
    )
    counter("limits", "set", "--from", "2022-01-01", "--overrides", rights=RIGHTS)
    order = str(new_id())
    asked = counter(
        "override", "ask", "tolerance", "--up-to", "5.00", "--order", order, "--reason", "short",
        "--session", opened.answer["session_id"], "--approver-token",
        keys.token("cashiering.override.approve", user="supervisor"), "--json", rights=RIGHTS,
    )  # fmt: skip
    assert asked.exit_code == 0, asked.err

    listed = counter("override", "list", "--order", order, rights=RIGHTS)
    assert asked.answer["approver"] == "supervisor"
    assert "supervisor" in listed.out
    assert "nobody yet" in listed.out


def test_cash_047_money_held_is_listed(counter) -> None:
    """Of a parcel without any there is nothing; an account nobody knows is a problem."""
    assert counter("held", "--parcel", "13264290020000", rights=RIGHTS).exit_code == 0

    unknown = counter("held", "--escrow", "E-404", "--json", rights=RIGHTS)
    assert unknown.problem["reason"] == "ESCROW_UNKNOWN"
