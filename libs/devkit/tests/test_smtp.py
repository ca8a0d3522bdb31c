"""The mail server holds a real conversation and keeps what it is given."""

import os
import smtplib
import subprocess
import sys
from email.message import EmailMessage

import pytest

from devkit.ports import accepts, free_ports
from devkit.processes import until


@pytest.fixture
def mail_server(tmp_path):
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "devkit.smtp", "--listen", f"127.0.0.1:{port}"]
    with subprocess.Popen(
        [*command, "--folder", str(tmp_path)], env=dict(os.environ), stdout=subprocess.PIPE
    ) as process:
        assert until(lambda: accepts(port), 60)
        yield port, tmp_path
        process.terminate()
        assert process.wait(60) == 0


def test_a_message_is_kept_whole(mail_server):
    """As sent, with the envelope's addresses on top; SIGTERM then ends the server with 0."""
    port, folder = mail_server
    message = EmailMessage()
    message["From"], message["To"] = "treasurer@county.example", "owner@example.org"
    message["Subject"] = "Receipt for Peña"
    message.set_content("You paid $1,234.56.\n.\nA line with a dot above.\n")
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.send_message(message)

    (kept,) = folder.glob("*.eml")
    text = kept.read_bytes().decode()
    assert text.startswith("X-Envelope-From: treasurer@county.example\r\n")
    assert "X-Envelope-To: owner@example.org\r\n" in text
    assert "You paid $1,234.56.\r\n.\r\nA line with a dot above.\r\n" in text
