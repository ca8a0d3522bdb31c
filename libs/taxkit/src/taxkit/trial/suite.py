"""The four trials of one gRPC service, for a test class to inherit."""

from collections.abc import Mapping

from taxkit import ids
from taxkit.trial.cases import Case
from taxkit.trial.trying import Trial, problems, report


class Suite:
    """Inherit it, name the service, and give a fixture `cases`: method -> Case."""

    service = ""

    def test_every_method_has_its_case(self, trial: Trial, cases: Mapping[str, Case]) -> None:
        """A new method is in no table until somebody says how it is asked, and when refused."""
        methods = {one.name: one for one in trial.of_service(self.service)}
        assert set(cases) == set(methods)
        silent = [
            name
            for name, case in cases.items()
            if (methods[name].is_keyed or case.writes)
            and not (case.refused_when or case.always_possible)
        ]
        assert silent == [], "commands of which no state is told that refuses them"

    def test_wrong_rights(self, trial: Trial, cases: Mapping[str, Case]) -> None:
        """UNAUTHENTICATED without a good token, PERMISSION_DENIED without the right."""
        found = {
            one.name: trial.wrong_rights(one, cases[one.name])
            for one in trial.of_service(self.service)
        }
        assert not problems(found), report(found)

    def test_hostile_values(self, trial: Trial, cases: Mapping[str, Case]) -> None:
        """An answer or a reason, never an internal error; what is refused changes nothing."""
        found = {
            one.name: trial.hostile_values(one, cases[one.name])
            for one in trial.of_service(self.service)
        }
        assert not problems(found), report(found)

    def test_replayed_keys(self, trial: Trial, cases: Mapping[str, Case]) -> None:
        """Every command under one key, which is each method's own; then again, and otherwise."""
        key = str(ids.new_id())
        found = {
            one.name: trial.replayed_key(one, cases[one.name], key)
            for one in trial.of_service(self.service)
            if one.is_keyed
        }
        assert not problems(found), report(found)

    def test_wrong_states(self, trial: Trial, cases: Mapping[str, Case]) -> None:
        """Refused for the reason of the state, and the state stays as it was."""
        found = {
            one.name: trial.wrong_states(one, cases[one.name])
            for one in trial.of_service(self.service)
        }
        assert not problems(found), report(found)
