"""The gRPC server of every service: tokens, rights, deadlines, error mapping, traces, metrics.

It runs on one event loop. A method written as a coroutine runs on that loop; a plain method,
which may block, runs in a thread of the pool. grpcio's threads do not live together with
eventlet, so nothing here is ever imported by a worker.
"""

from taxkit.rpc.calls import CallContext, caller, on_loop, second_person, traceparent
from taxkit.rpc.guard import Guard, Servicer
from taxkit.rpc.refusals import status_of
from taxkit.rpc.server import Server, serve_until_signal

__all__ = [
    "CallContext",
    "Guard",
    "Server",
    "Servicer",
    "caller",
    "on_loop",
    "second_person",
    "serve_until_signal",
    "status_of",
    "traceparent",
]
