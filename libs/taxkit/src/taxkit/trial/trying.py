"""Asking each method in every wrong way, and seeing that nothing was written."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf.message import Message

from taxkit import ids
from taxkit.app import App, ServiceSpec
from taxkit.testing import Keys
from taxkit.trial.cases import Asked, Case, key_holder, messages, with_key
from taxkit.trial.gentle import altered
from taxkit.trial.methods import Method, Outcome, ask, methods_of
from taxkit.trial.tables import Commits, State, Tables, added, changed
from taxkit.trial.tokens import bad_tokens
from taxkit.trial.values import hostile

# How a call may end that was understood and declined.
REFUSED = {
    "INVALID_ARGUMENT",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "FAILED_PRECONDITION",
    "PERMISSION_DENIED",
    "UNAUTHENTICATED",
    "RESOURCE_EXHAUSTED",
}
_REASON = re.compile(r"[A-Z][A-Z0-9_]{2,}")
_CONFLICT = "IDEMPOTENCY_CONFLICT"


@dataclass(frozen=True, slots=True)
class Trial:
    """A service's server with the database behind it; each method gives what went wrong."""

    methods: Mapping[str, Method]
    channel: grpc.Channel
    keys: Keys
    tables: Tables
    commits: Commits
    _tokens: dict[tuple[str, ...], str] = field(default_factory=dict)

    @classmethod
    @contextmanager
    def of(
        cls, spec: ServiceSpec, app: App, channel: grpc.Channel, keys: Keys
    ) -> Iterator["Trial"]:
        with Tables.of(app.settings.database_url) as tables:
            found = {one.path: one for one in methods_of(spec, app)}
            yield cls(found, channel, keys, tables, Commits(app.database.engine))

    def services(self) -> set[str]:
        return {one.service for one in self.methods.values()}

    def of_service(self, service: str) -> list[Method]:
        return [one for one in self.methods.values() if one.service == service]

    def do(self, asked: Asked, *, user: str = "clerk") -> Any:
        """Have a request carried out, under a key of its own unless it has one; gives the answer.

        Which method it is for is known by its type.
        """
        parts = messages(asked)
        method = next(one for one in self.methods.values() if one.request is type(parts[0]))
        holder = key_holder(parts[0])
        if holder is not None and not getattr(holder, "idempotency_key", ""):
            parts = with_key(parts, _new_key())
        outcome = self._ask(method, Case(lambda: parts, user=user), _bytes(parts))
        assert outcome.is_ok, f"{method.name}: {outcome}"
        return method.answer.FromString(outcome.answers[-1])

    def wrong_rights(self, method: Method, case: Case) -> list[str]:
        """Nobody gets in with a bad token, and nobody who has every right but the method's."""
        sent = _bytes(with_key(case.valid(), _new_key()))
        others = sorted({one.right for one in self.methods.values()} - {method.right})
        tried = {
            **{name: ("UNAUTHENTICATED", t) for name, t in bad_tokens(self.keys, "*").items()},
            "every other right": ("PERMISSION_DENIED", self.keys.token(*others, user=case.user)),
            "no right at all": ("PERMISSION_DENIED", self.keys.token(user=case.user)),
        }
        before = self.tables.state()
        found = []
        for name, (code, token) in tried.items():
            outcome = ask(self.channel, method, sent, token)
            if outcome.code != code or not _REASON.fullmatch(outcome.reason):
                found.append(f"token {name}: {outcome}")
        return found + self._written(before, "a bad token")

    def hostile_values(self, method: Method, case: Case) -> list[str]:
        """Whatever is sent: an answer, or a reason; and what is refused has changed nothing."""
        asked = messages(case.valid())
        places = [place for place, one in enumerate(asked) if _is_first_of_its_kind(asked, place)]
        tried = [(place, one) for place in places for one in hostile(asked[place])]
        is_command = method.is_keyed or case.writes
        start, found = self.tables.state(), []
        for place, wrong in tried:
            parts = with_key(asked, _new_key())
            sent = _bytes(parts)
            sent[place] = wrong.spoil(parts[place])
            self.commits.any_since_last_asked()
            outcome = self._ask(method, case, sent)
            if problem := "" if _is_unanswered(case, outcome) else _problem(outcome):
                found.append(f"{wrong}: {problem}")
            if not is_command:
                continue
            if outcome.is_ok:
                asked = messages(case.valid())
            elif self.commits.any_since_last_asked() or method.is_coroutine:
                before = self.tables.state()
                self._ask(method, case, sent)
                found += self._written(before, f"{wrong}: {outcome}", case.on_record)
        if not is_command:
            found += self._written(start, "a question")
        return found + self._still_answers(method, case)

    def replayed_key(self, method: Method, case: Case, key: str) -> list[str]:
        """The same again is answered the same and done once; anything else is refused."""
        asked = with_key(case.valid(), key)
        start = self.tables.state()
        first = self._ask(method, case, _bytes(asked))
        if not first.is_ok:
            return [f"the valid request: {first}"]
        done = self.tables.state()
        again = self._ask(method, case, _bytes(asked))
        found = [] if _same(method, first, again) else [f"sent again: {again}, not what it was"]
        found += self._written(done, "sent again")
        others = [(name, self._ask(method, case, sent)) for name, sent in altered(asked)]
        found += [f"with another {name}: {one}" for name, one in others if _problem(one, ok=False)]
        if others and _CONFLICT not in {one.reason for _, one in others}:
            found.append(f"no other body is {_CONFLICT}: {sorted({o.reason for _, o in others})}")
        found += self._written(done, "another body under the same key", case.on_record)
        return found + self._at_once(method, case, added(start, done))

    def wrong_states(self, method: Method, case: Case) -> list[str]:
        """Each state that does not allow it gives its reason."""
        found = []
        for reason, make in case.refused_when.items():
            sent = _bytes(with_key(make(), _new_key()))
            before = self.tables.state()
            outcome = self._ask(method, case, sent)
            if outcome.is_ok or outcome.reason != reason:
                found.append(f"expected {reason}: {outcome}")
            found += self._written(before, reason, case.on_record)
        return found

    def _at_once(self, method: Method, case: Case, expected: dict[str, int]) -> list[str]:
        """Two clients with the same key: one is done, both are told of it."""
        sent = _bytes(with_key(case.valid(), _new_key()))
        before = self.tables.state()
        with ThreadPoolExecutor(2) as pool:
            both = pool.map(lambda _: self._ask(method, case, sent), range(2))
            # One may be told to come again; the other is done by then.
            one, other = (
                self._ask(method, case, sent) if told.code == "UNAVAILABLE" else told
                for told in list(both)
            )
        more = added(before, self.tables.state())
        found = [] if _same(method, one, other) else [f"at once: {one} and {other}"]
        return found if more == expected else [*found, f"at once: {more}, once: {expected}"]

    def _ask(self, method: Method, case: Case, sent: Sequence[bytes]) -> Outcome:
        who = (case.user, *case.rights)
        token = self._tokens.get(who) or self.keys.token(*case.rights, user=case.user)
        self._tokens[who] = token
        return ask(self.channel, method, sent, token)

    def _written(self, before: State, by: str, allowed: Collection[str] = ()) -> list[str]:
        tables = changed(before, self.tables.state(), allowed)
        return [f"written by {by}: {', '.join(tables)}"] if tables else []

    def _still_answers(self, method: Method, case: Case) -> list[str]:
        outcome = self._ask(method, case, _bytes(with_key(case.valid(), _new_key())))
        if outcome.is_ok or _is_unanswered(case, outcome):
            return []
        return [f"the valid request afterwards: {outcome}"]


def _problem(outcome: Outcome, *, ok: bool = True) -> str:
    """What must not come out of any request."""
    if outcome.is_ok:
        return "" if ok else "OK"
    if outcome.code not in REFUSED or not _REASON.fullmatch(outcome.reason):
        return str(outcome)
    return ""


def _is_unanswered(case: Case, outcome: Outcome) -> bool:
    return bool(case.unanswered) and outcome.reason == case.unanswered


def _same(method: Method, one: Outcome, other: Outcome) -> bool:
    """The last message of a stream is the answer; those before it tell of progress."""
    if not (one.is_ok and other.is_ok):
        return False
    read = method.answer.FromString
    return [read(body) for body in one.answers[-1:]] == [read(body) for body in other.answers[-1:]]


def _is_first_of_its_kind(asked: Sequence[Message], place: int) -> bool:
    kinds = [[field.name for field, _ in one.ListFields()] for one in asked]
    return len(asked) == 1 or kinds.index(kinds[place]) == place


def _bytes(parts: Asked) -> list[bytes]:
    return [one.SerializeToString() for one in messages(parts)]


def _new_key() -> str:
    return str(ids.new_id())


def problems(found: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Only the methods with which something is wrong."""
    return {name: list(said) for name, said in found.items() if said}


def report(found: Mapping[str, Sequence[str]]) -> str:
    """What is wrong with which method, a line each."""
    lines = [f"{name}: {said}" for name, all_said in found.items() for said in all_said]
    return "\n".join([f"{len(lines)} problems", *lines])
