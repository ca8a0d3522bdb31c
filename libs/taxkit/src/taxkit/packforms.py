"""Whether what a worked case tells has the form that its reader counts on."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from types import NoneType, UnionType
from typing import Any, Final, get_args

from taxkit.packvalues import DECIMAL

_WORDS: Final[Mapping[type, str]] = {
    str: "text in quotes",
    int: "a whole number",
    date: "a day, as 2019-03-01",
    bool: "true or false",
    Decimal: 'a rate as text, as "0.015"',
    NoneType: "nothing",
}


def misshapen(value: Any, form: Any, at: str) -> Iterator[tuple[str, str, str]]:
    """Say the field, what is there and what was expected, of each thing of another form.

    A form is a type, or one of several; a list of one form; a tuple of forms, one each; or names
    with their forms, of which those that end in `?` may be left out, and `*` stands for all others.
    """
    if isinstance(form, Mapping):
        yield from _of_names(value, form, at)
    elif isinstance(form, list):
        if not isinstance(value, list):
            yield at, _seen(value), "a list"
            return
        for place, each in enumerate(value):
            yield from misshapen(each, form[0], f"{at}[{place}]")
    elif isinstance(form, tuple):
        if not isinstance(value, list) or len(value) != len(form):
            yield at, _seen(value), f"a list of {len(form)}"
            return
        for place, (each, one) in enumerate(zip(value, form, strict=True)):
            yield from misshapen(each, one, f"{at}[{place}]")
    elif not any(_is(value, each) for each in _kinds(form)):
        yield at, _seen(value), ", or ".join(_WORDS[each] for each in _kinds(form))


def _kinds(form: Any) -> tuple[type, ...]:
    return get_args(form) if isinstance(form, UnionType) else (form,)


def _is(value: Any, kind: type) -> bool:
    if kind is Decimal:
        return type(value) is str and DECIMAL.fullmatch(value) is not None
    return type(value) is kind


def _of_names(value: Any, form: Mapping[str, Any], at: str) -> Iterator[tuple[str, str, str]]:
    if not isinstance(value, dict):
        yield at, _seen(value), "a mapping of named values"
        return
    known = {name.rstrip("?"): one for name, one in form.items()}
    for name, each in value.items():
        if name in known:
            yield from misshapen(each, known[name], f"{at}.{name}")
        elif "*" in known:
            yield from misshapen(each, known["*"], f"{at}.{name}")
        else:
            yield f"{at}.{name}", f"the unknown name {name}", f"one of {', '.join(sorted(known))}"
    for name in form:
        if not name.endswith("?") and name != "*" and name not in value:
            yield f"{at}.{name}", "nothing", "a value"


def _seen(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return "nothing" if value is None else f"{value!r}"
