"""COLL-015 at the terminal: a run is looked at, set off and followed, on collections' server."""

import json
from pathlib import Path

from collections_service.bootstrap import SPEC
from collections_service.notices.sending import send_waiting
from taxkit import testing

ROOT = Path(__file__).parents[3]


def test_coll_015_a_run_from_its_preview_to_its_letters(run, postgres_admin_url, keys) -> None:
    """COLL-015: what is shown beforehand is what is asked for afterwards."""
    given = {"MILLAGE_JURISDICTIONS_DIR": str(ROOT / "jurisdictions")}
    with (
        testing.fresh_database(postgres_admin_url, "collections") as url,
        testing.application(SPEC, url, **given) as built,
        testing.server(SPEC, built, keys) as channel,
    ):
        example = ROOT / "events" / "receivables" / "BalanceChanged.v1.example.json"
        told = example.read_text("utf-8")
        built.consumer.absorb("on_balance_changed", [told])
        bill_id = json.loads(told)["data"]["bill_id"]
        address = channel._channel.target().decode().removeprefix("dns:///")
        rights = ("collections.read", "collections.notice", "collections.notice.commit")
        where = ("--addr", f"collections={address}", "--token", keys.token(*rights, user="bo"))
        seen = run("notices", "preview", "first", "--least", "30", "--json", *where)
        assert seen.exit_code == 0, seen.err
        (preview,) = seen.answer["runs"]
        assert (preview["state"], preview["selected_count"]) == ("previewed", 1)
        assert "selected" in run("notices", "show", preview["run_id"], *where).out
        assert run("notices", "commit", preview["run_id"], *where).exit_code == 0
        again = run("notices", "commit", preview["run_id"], "--json", *where)
        assert again.problem["reason"] == "NOTICE_RUN_COMMITTED"
        send_waiting(built)
        assert "ended" in run("notices", "runs", *where).out
        (letter,) = run("notices", "of", bill_id, "--json", *where).answer["notices"]
        assert (letter["stage"], letter["committed_by"]) == ("first", "bo")
