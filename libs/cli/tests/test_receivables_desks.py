"""Plans, escrow, pre-pay, flags, money held and orders of allocation at the terminal."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from test_held_commands import BILL, PARCEL, office

__all__ = ["office"]

STANDARD = ("--type", "standard", "--first", "2022-04-01")


def said(done):
    """What a command that went well answered."""
    assert done.exit_code == 0, done.err
    return done.answer


def test_recv_049_a_pending_plan_is_edited_and_voided_at_the_terminal(office):
    """RECV-048, RECV-049, RECV-050: with days and parts of its own; it ends with a reason."""
    kinds = {one["code"]: one for one in said(office("plan", "types", "--json"))}
    assert {kinds["standard"]["pays_to"], kinds["budget"]["pays_to"]} == {"bills", "plan"}
    words = (BILL, *STANDARD, "--installments", "3", "--pending-days", "9")
    plan = said(office("plan", "enrol", *words, "--json"))
    assert (len(plan["installments"]), plan["pending_days"]) == (4, 9)
    number = plan["plan_number"]
    refused = office("plan", "edit", number, "--installments", "2")
    assert "PLAN_RUNS" in refused.err
    again = said(office("plan", "recalculate", number, "--json"))
    assert again["version"] == 2
    assert "PLAN_STATUS" in office("plan", "activate", number).err
    ended = said(office("plan", "void", number, "--reason", "asked to", "--json"))
    assert ended["status"] == "void"


def test_recv_051_an_installment_is_paid_with_held_money_at_the_terminal(office):
    """RECV-051: from the item that is named; too little is refused in the ledger's words."""
    plan = said(
        office("plan", "enrol", BILL, "--type", "budget", "--first", "2022-04-01", "--json")
    )
    (item,) = said(office("surplus", "list", PARCEL, "--json"))
    words = ("plan", "pay", plan["plan_number"], "--from", item["surplus_item_id"])
    paid = said(office(*words, "--json"))
    assert [(one["kind"], one["amount_cents"]) for one in paid["payments"]] == [("fee", 1_000)]
    assert "SURPLUS_INSUFFICIENT" in office(*words).err


def test_recv_042_money_is_kept_for_a_basket_at_the_terminal(office):
    """RECV-037, RECV-042: for that one only, until it is let go."""
    (item,) = said(office("surplus", "list", PARCEL, "--json"))
    name = item["surplus_item_id"]
    kept = said(office("surplus", "reserve", name, "--for", "basket 9", "--json"))
    assert kept["state"] == "reserved"
    assert "RESERVED_FOR_ANOTHER" in office("surplus", "release", name, "--for", "basket 8").err
    assert "open" in office("surplus", "release", name, "--for", "basket 9").out
    unknown = office("surplus", "settle", str(BILL), name, "SURPLUS_RESERVED", "--note", "seen")
    assert "HELD_EXCEPTION_NOT_FOUND" in unknown.err
    types = {one["code"]: one for one in said(office("surplus", "advance-types", "--json"))}
    assert types["tax_sale_surplus"]["reason"] == "NOT_SELECTABLE"
    kinds = {one["subcode"]: one for one in said(office("surplus", "kinds", "--json"))}
    assert kinds["pre_deposit"]["revenue_account"] == "SUSP-130"
    assert "TRST-110" in office("surplus", "kinds").out


def test_recv_045_an_escrow_account_at_the_terminal(office):
    """RECV-045: opened, given to somebody else, closed; each with whom to ask."""
    assert said(office("escrow", "open", "E-1", "--name", "Ann", "--json"))["kind"] == "general"
    assert "Ben" in office("escrow", "contact", "E-1", "--name", "Ben", "--phone", "555").out
    shown = said(office("escrow", "show", "E-1", "--json"))
    assert (shown["contact"]["name"], shown["balance_cents"]) == ("Ben", 0)
    assert "closed" in office("escrow", "close", "E-1").out
    assert "ESCROW_ACCOUNT_UNKNOWN" in office("escrow", "show", "E-2").err


def test_recv_046_a_prepay_at_the_terminal(office):
    """RECV-046: opened for its parcels, shown, posted to a year's bills to the end."""
    words = ("P-1", "--name", "Ann", "--parcel", PARCEL, "--parcel", "other")
    assert said(office("prepay", "open", *words, "--json"))["parcel_numbers"] == [PARCEL, "other"]
    assert "$0.00" in office("prepay", "show", "P-1").out
    posted = said(office("prepay", "post", "--year", "2021", "--key", "run", "--json"))
    assert posted == {"items": 0, "posted_cents": 0}
    assert posted == said(office("prepay", "post", "--year", "2021", "--key", "run", "--json"))


def test_recv_054_a_protest_at_the_terminal(office):
    """RECV-054: of one charge of a bill, lifted again, with both changes on record."""
    words = ("flag", "set", "bill", BILL, "protest", "--reason", "appeal", "--charge")
    assert "CHARGE_INVALID" in office(*words, "tax").err
    flagged = said(office(*words, "1:tax", "--json"))
    assert flagged["charges"] == [{"installment": 1, "charge_type": "tax"}]
    assert "1:tax" in office("flag", "list", "bill", BILL).out
    lifted = office("flag", "lift", "bill", BILL, "protest", "--reason", "settled", "--json")
    assert said(lifted)["on"] is False
    history = said(office("flag", "list", "bill", BILL, "--json"))["history"]
    assert sorted(one["reason"] for one in history) == ["appeal", "settled"]


def test_recv_010_where_a_payment_would_go_at_the_terminal(office):
    """RECV-010: by the law's order, by a rule, by hand; nothing is posted."""
    assert "fees-first" in {one["code"] for one in said(office("ledger", "rules", "--json"))}
    found = said(office("ledger", "preview", BILL, "1200.00", "--json"))
    whole = sum(row["amount_cents"] for row in found["rows"]) + found["surplus_cents"]
    assert (whole, found["open_cents"]) == (120_000, 0)
    by_hand = said(office("ledger", "preview", BILL, "60.00", "--hand", "1:tax=50.00", "--json"))
    assert by_hand["rows"][0]["rule_id"] == "by-hand"
    assert "still open" in office("ledger", "preview", BILL, "1.00", "--rule", "fees-first").out
    assert "HAND_INVALID" in office("ledger", "preview", BILL, "1.00", "--hand", "tax").err
