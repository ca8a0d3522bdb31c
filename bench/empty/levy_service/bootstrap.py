"""Wiring of an empty service."""

from hollow import spec_of

SPEC = spec_of("levy")
