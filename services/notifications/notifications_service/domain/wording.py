"""From a template and an event's data to the words of a notice."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from notifications_service.domain.plaintext import one_line
from taxkit.money import format_cents

SUBJECT_LENGTH_MAX = 200
_FAILURES = (TemplateError, TypeError, ValueError, ArithmeticError, LookupError)


class WordingFailed(Exception):
    """The template asks for what the data do not have."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A notice's template: its name, its texts, and the version that names exactly these texts."""

    name: str
    version: str
    subject_text: str
    body_text: str
    subject: Template
    body: Template


@dataclass(frozen=True, slots=True)
class Words:
    subject_line: str
    body: str


def _environment() -> ImmutableSandboxedEnvironment:
    # A notice is plain text, so there is nothing to escape for; a missing name is an error.
    made = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True
    )
    made.filters["money"] = format_cents
    return made


_ENVIRONMENT = _environment()
_GLOBALS = dict(_ENVIRONMENT.globals)


def wording(name: str, subject: str, body: str) -> Wording:
    """Compile a template; raises ValueError when it cannot be."""
    digest = sha256(f"{len(subject)}\0{subject}\0{body}".encode()).hexdigest()[:16]
    try:
        return Wording(
            name,
            digest,
            subject,
            body,
            _ENVIRONMENT.from_string(subject),
            _ENVIRONMENT.from_string(body),
        )
    except TemplateError as error:
        raise ValueError(f"the template {name}: {error}") from error


def word(template: Wording, data: Mapping[str, Any]) -> Words:
    """Render a notice; the data's texts are on one line each already."""
    values = {**_GLOBALS, **data}
    try:
        subject, body = _rendered(template.subject, values), _rendered(template.body, values)
    except _FAILURES as error:
        raise WordingFailed(f"template {template.name} {template.version}: {error}") from error
    return Words(one_line(subject)[:SUBJECT_LENGTH_MAX], body)


def _rendered(template: Template, values: dict[str, Any]) -> str:
    # What `render` does, without putting globals and values together for each text anew.
    return "".join(template.root_render_func(template.new_context(values, shared=True)))
