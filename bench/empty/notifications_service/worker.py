"""The empty service's worker."""

from hollow_worker import worker_of

from notifications_service.bootstrap import SPEC

WORKER = worker_of(SPEC)
