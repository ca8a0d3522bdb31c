"""NOTI-005 at the terminal: letters are printed and confirmed, on notifications' real server."""

from pathlib import Path

import pypdfium2

from notifications_service.bootstrap import SPEC
from taxkit import testing

ROOT = Path(__file__).parents[3]


def test_noti_005_letters_go_to_the_post(run, postgres_admin_url, keys, tmp_path) -> None:
    """NOTI-005: what is written is what waited; a batch ends once."""
    given = {"MILLAGE_JURISDICTIONS_DIR": str(ROOT / "jurisdictions")}
    with (
        testing.fresh_database(postgres_admin_url, "notifications") as url,
        testing.application(SPEC, url, **given) as built,
        testing.server(SPEC, built, keys) as channel,
    ):
        example = ROOT / "events" / "collections" / "NoticeRequested.v1.example.json"
        built.consumer.absorb("on_notice_requested", [example.read_text("utf-8")])
        address = channel._channel.target().decode().removeprefix("dns:///")
        token = keys.token("notifications.read", "notifications.print", user="bo")
        where = ("--addr", f"notifications={address}", "--token", token)
        first, again = tmp_path / "first.pdf", tmp_path / "again.pdf"
        begun = run("letters", "print", "--out", first, "--json", *where)
        assert begun.exit_code == 0, begun.err
        batch = begun.answer["batches"][0]["batch_id"]
        with pypdfium2.PdfDocument(first) as document:
            assert "Imogen Vale" in document[0].get_textpage().get_text_bounded()
        assert run("letters", "read", batch, "--out", again, *where).exit_code == 0
        assert first.read_bytes() == again.read_bytes()
        assert "printed" in run("letters", "confirm", batch, *where).out
        problem = run("letters", "discard", batch, "--json", *where).problem
        assert problem["reason"] == "PRINT_ENDED"
        assert "printed" in run("letters", "list", *where).out
