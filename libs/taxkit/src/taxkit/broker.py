"""Connection parameters for pika from one address."""

import ssl
from urllib.parse import urlsplit

import pika

NOT_FOUND = 404


def parameters(amqp_url: str, *, ca_file: str = "", name: str = "millage") -> pika.URLParameters:
    """Read an amqp(s):// address; TLS checks the broker against the given authority."""
    given = pika.URLParameters(amqp_url)
    given.heartbeat = 30
    # A relay that is told to end waits so long for a broker in alarm: less than it is given to end.
    given.blocked_connection_timeout = 20
    given.connection_attempts = 1
    given.socket_timeout = 5
    given.client_properties = {"connection_name": name}
    if urlsplit(amqp_url).scheme == "amqps":
        context = ssl.create_default_context(cafile=ca_file or None)
        given.ssl_options = pika.SSLOptions(context, urlsplit(amqp_url).hostname)
    return given
