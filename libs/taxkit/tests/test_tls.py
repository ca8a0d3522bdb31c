"""TLS by configuration: on the broker's connections and on gRPC, checked against an authority."""

import ssl

import grpc
import pytest
from authority import amqps_door, make_certificates
from bench_of_one import Sample, Spawn, eventually
from grpc_health.v1 import health_pb2, health_pb2_grpc
from sample_service.bootstrap import SPEC

from taxkit import auth, testing, topology
from taxkit.app import App


@pytest.fixture
def certificates(tmp_path):
    return make_certificates(tmp_path / "ours")


def test_topology_worker_and_relay_speak_amqps(sample: Sample, spawn: Spawn, certificates):
    """An event comes in, has its effect and causes another, all over TLS."""
    url = amqps_door(sample.amqp_url, certificates)
    authority = str(certificates.authority)
    wanted = [(one.owner, one.event, one.method) for one in SPEC.subscriptions]
    topology.declare(url, "sample", wanted, ca_file=authority)
    spoken = {"MILLAGE_AMQP_URL": url, "MILLAGE_AMQP_CA_FILE": authority}
    heard = sample.events_queue()
    spawn("relay", **spoken)
    spawn("worker", **spoken)

    sample.publish("Added", "s/1", "over TLS")

    eventually({"over TLS": 1}, lambda: dict(sample.effects()))
    eventually(1, lambda: sample.depth(heard))


def test_a_broker_nobody_vouches_for_is_not_spoken_to(sample: Sample, certificates, tmp_path):
    url = amqps_door(sample.amqp_url, certificates)
    other = make_certificates(tmp_path / "others")

    with pytest.raises(ssl.SSLCertVerificationError):
        topology.declare(url, "sample", [], ca_file=str(other.authority))


def test_grpc_answers_over_tls_and_not_in_the_clear(app: App, certificates):
    settings = testing.replace_setting(
        app.settings,
        grpc_listen="127.0.0.1:0",
        grpc_tls_cert_file=str(certificates.certificate),
        grpc_tls_key_file=str(certificates.key),
    )
    verifier = auth.TokenVerifier(testing.make_keys().public_pem)
    with testing.serving(settings, verifier, []) as port:
        trusted = grpc.ssl_channel_credentials(certificates.authority.read_bytes())
        request = health_pb2.HealthCheckRequest()
        with grpc.secure_channel(f"localhost:{port}", trusted) as channel:
            answer = health_pb2_grpc.HealthStub(channel).Check(request, timeout=60)
        with (
            grpc.insecure_channel(f"localhost:{port}") as channel,
            pytest.raises(grpc.RpcError) as refused,
        ):
            health_pb2_grpc.HealthStub(channel).Check(request, timeout=60)

    assert answer.status == health_pb2.HealthCheckResponse.SERVING
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
