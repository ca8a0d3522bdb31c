"""`millage setting` and `millage basket plans` against a real cashiering."""

RIGHTS = ("cashiering.*",)


def test_cash_012_a_setting_is_set_and_shown(counter) -> None:
    """From its day on; people see who decides it."""
    done = counter(
        "setting", "set", "custom_receipts", "off", "--from", "2022-01-01", "--json", rights=RIGHTS
    )
    shown = counter("setting", "show", "--on", "2022-12-31", "--json", rights=RIGHTS)
    table = counter("setting", "show", "--on", "2021-12-31", rights=RIGHTS)

    assert done.answer["value"] == "off", done.err
    values = {one["name"]: (one["value"], one["from"]) for one in shown.answer["settings"]}
    assert values["custom_receipts"] == ("off", "set")
    assert values["free_form_funds"] == ("off", "law")
    assert "interest_display" in table.out


def test_cash_012_what_is_no_setting_is_refused(counter) -> None:
    """With the reason the service gives."""
    refused = counter("setting", "set", "everything", "on", "--json", rights=RIGHTS)

    assert refused.exit_code != 0
    assert refused.problem["reason"] == "SETTING_UNKNOWN"


def test_cash_072_a_plan_nobody_knows_is_said_so(counter) -> None:
    """By number or by parcel."""
    refused = counter("basket", "plans", "--plan", "2022-000009", "--json", rights=RIGHTS)

    assert refused.problem["reason"] == "PLAN_NOT_FOUND"


def test_cash_034_a_lender_is_put_on_file(counter) -> None:
    """Under its code."""
    done = counter("setting", "lender", "FNB", "First National", "--json", rights=RIGHTS)

    assert (done.answer["lender_code"], done.answer["name"]) == ("FNB", "First National")
