"""The empty service's worker."""

from hollow_worker import worker_of

from collections_service.bootstrap import SPEC

WORKER = worker_of(SPEC)
