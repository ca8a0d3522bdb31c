"""A certificate authority for one test, and a TLS door in front of a real broker."""

import contextlib
import datetime as dt
import ipaddress
import socket
import ssl
import threading
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from cable import pump
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from taxkit.clock import SystemClock


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files: who signs, and what a server on loopback shows."""

    authority: Path
    certificate: Path
    key: Path


def make_certificates(folder: Path) -> Certificates:
    """One self-signed certificate for 127.0.0.1 and localhost: its own authority."""
    folder.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = SystemClock().now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
            ),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    pem, key_file = folder / "cert.pem", folder / "key.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return Certificates(pem, pem, key_file)


def amqps_door(url: str, certificates: Certificates) -> str:
    """Terminate TLS in front of a broker that has none; gives the amqps address."""
    parts = urlsplit(url)
    target = (parts.hostname or "", parts.port or 0)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.certificate, certificates.key)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            near, _ = listener.accept()
            with contextlib.suppress(OSError):
                _join(context.wrap_socket(near, server_side=True), target)

    threading.Thread(target=serve, daemon=True).start()
    login = parts.netloc.rpartition("@")[0]
    place = f"{login}@127.0.0.1:{listener.getsockname()[1]}"
    return urlunsplit(parts._replace(scheme="amqps", netloc=place))


def _join(near: ssl.SSLSocket, target: tuple[str, int]) -> None:
    far = socket.create_connection(target)
    for ends in ((near, far), (far, near)):
        threading.Thread(target=pump, args=ends, daemon=True).start()
