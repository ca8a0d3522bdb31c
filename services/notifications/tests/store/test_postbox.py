"""The conversation itself: encryption, passwords, addresses of servers."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from notifications_service.domain.letter import Letter
from notifications_service.postbox import MailServer, MailServerAway, Postbox, mail_server
from taxkit.ids import new_id

LETTER = Letter(
    notice_id=new_id(),
    sender="treasurer@cook.example",
    recipient="ada@example.com",
    recipient_name="Ada",
    subject_line="Receipt",
    body=".\nA line of one dot ends no message.\n" + "long " * 400 + "\n",
    queued_at=datetime(2023, 3, 1, tzinfo=UTC),
)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate of 127.0.0.1 that signs itself: (certificate file, key file)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)  # noqa: TID251 - certificates live in real time
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture
def guarded(serve_smtp, certificate):
    """A server that takes nothing without STARTTLS and a password."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)

    def check(_server, _session, _envelope, _mechanism, given):
        return AuthResult(
            success=(given.login, given.password) == (b"county", b"p@ss"), handled=False
        )

    return serve_smtp(
        tls_context=context, require_starttls=True, auth_required=True, authenticator=check
    ).port


def test_starttls_and_a_password_from_the_address(sink, guarded, certificate, monkeypatch):
    """The whole conversation with a county's guarded mail server."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    postbox = Postbox(mail_server(f"smtp://county:p%40ss@127.0.0.1:{guarded}"), 5)
    postbox.open()
    assert postbox.send(LETTER).accepted
    postbox.close()
    assert LETTER.body.splitlines() == sink.messages[0].get_content().splitlines()


def test_a_certificate_nobody_vouches_for_is_refused(guarded):
    """No letter and no password goes to a server that cannot prove who it is."""
    with pytest.raises(MailServerAway, match="certificate"):
        Postbox(mail_server(f"smtp://county:p%40ss@127.0.0.1:{guarded}"), 5).open()


def test_a_wrong_password_is_the_servers_trouble_not_a_notices(guarded, certificate, monkeypatch):
    """A configuration error keeps notices waiting instead of failing them."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    with pytest.raises(MailServerAway, match="535"):
        Postbox(mail_server(f"smtp://county:wrong@127.0.0.1:{guarded}"), 5).open()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail", MailServer("mail", 25, encrypted=False)),
        ("smtps://mail.cook.example", MailServer("mail.cook.example", 465, encrypted=True)),
        (
            "smtp://a%40b:c%3A@mail:587",
            MailServer("mail", 587, encrypted=False, user="a@b", password="c:"),
        ),
    ],
)
def test_addresses_of_mail_servers(url, expected):
    """Scheme, port and escaped passwords."""
    assert expected == mail_server(url)


@pytest.mark.parametrize("url", ["mail:25", "http://mail", "smtp://"])
def test_what_is_no_address_of_a_mail_server_stops_the_start(url):
    """And the error repeats no password."""
    with pytest.raises(ValueError, match="smtp"):
        mail_server(url)


def test_a_password_is_never_printed():
    """Not even in a representation that reaches a log."""
    assert "secret" not in repr(mail_server("smtp://user:secret@mail:25"))
