"""NOTI-004 at the terminal: an address is told of a topic, and no more, on the real server."""

from pathlib import Path

from notifications_service.bootstrap import SPEC
from taxkit import testing

ROOT = Path(__file__).parents[3]


def test_noti_004_an_address_from_its_first_day_to_its_last(run, postgres_admin_url, keys) -> None:
    """NOTI-004: subscribed once, ended once, listed all the same."""
    given = {"MILLAGE_JURISDICTIONS_DIR": str(ROOT / "jurisdictions")}
    with (
        testing.fresh_database(postgres_admin_url, "notifications") as url,
        testing.application(SPEC, url, **given) as built,
        testing.server(SPEC, built, keys) as channel,
    ):
        address = channel._channel.target().decode().removeprefix("dns:///")
        token = keys.token("notifications.read", "notifications.subscribe", user="bo")
        where = ("--addr", f"notifications={address}", "--token", token)
        asked = ("alerts", "subscribe", "code_policy", "ada@example.org", "--name", "Ada")
        made = run(*asked, "--json", *where)
        assert made.exit_code == 0, made.err
        assert run(*asked, "--json", *where).problem["reason"] == "SUBSCRIBED"
        name = made.answer["subscriptions"][0]["subscription_id"]
        ended = run("alerts", "unsubscribe", name, "--reason", "enough", *where)
        assert ended.exit_code == 0, ended.err
        assert "ada@example.org" in run("alerts", "list", "--topic", "code_policy", *where).out
