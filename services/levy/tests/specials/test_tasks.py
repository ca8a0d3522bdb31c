"""LEVY-018, NOTI-009: the task of a payoff without a correction is somebody's, until a day."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from millage.levy.v1 import special_payoffs_pb2 as pb
from taxkit import ids


@pytest.fixture
def task(payoffs, specials, bill_of, on_file):
    """A payoff that no bill asks for."""
    on_file()
    special = specials.open()
    return payoffs.posted(special, bill_of(), change_reason="register_only").payoff


def given(task, assignee="ben", due_on="2023-04-14", reason="he knows the ditch", **more):
    return pb.AssignPayoffRequest(
        payoff_id=task.payoff_id, assignee=assignee, due_on=due_on, reason=reason, **more
    )


def test_levy_018_a_task_is_given_to_somebody_and_passed_on(payoffs, task) -> None:
    """NOTI-009: with who it is, until when, and every word of it kept; found by its person."""
    assert (task.assignee, task.task_due_on) == ("", "")
    first = payoffs.do(given(task))
    assert (first.state, first.assignee, first.task_due_on) == ("unbilled", "ben", "2023-04-14")
    payoffs.do(given(task, "cyn", "", "ben is away"))
    (found,) = payoffs.list(state="unbilled", assignee="cyn")
    assert (found.assignee, found.task_due_on) == ("cyn", "")
    assert payoffs.list(assignee="ben") == []
    kept = payoffs.get(task.payoff_id).assignments
    assert [(one.assignee, one.due_on, one.assigned_by, one.reason) for one in kept] == [
        ("ben", "2023-04-14", "assessor", "he knows the ditch"),
        ("cyn", "", "assessor", "ben is away"),
    ]


def test_levy_018_what_is_settled_is_nobodys_task(payoffs, task) -> None:
    payoffs.do(given(task))
    payoffs.do(pb.SettlePayoffRequest(payoff_id=task.payoff_id, reason="done"))
    assert payoffs.refused(given(task, "cyn")) == "PAYOFF_HAS_NO_TASK"
    assert payoffs.get(task.payoff_id).assignee == "ben"


def test_noti_009_hostile_values_are_refused(payoffs, task) -> None:
    """NOTI-009: nobody, a day gone by, the same again, no reason, no such payoff."""
    payoffs.do(given(task))
    nowhere = given(task)
    nowhere.payoff_id = str(ids.new_id())
    wrong = {
        "ASSIGNEE_MISSING": given(task, " "),
        "DUE_ON_IN_PAST": given(task, due_on="2023-03-30"),
        "DATE_INVALID": given(task, due_on="soon"),
        "ASSIGNMENT_CHANGES_NOTHING": given(task),
        "REASON_MISSING": given(task, "cyn", reason=""),
        "TEXT_INVALID": given(task, "c\x00"),
        "PAYOFF_NOT_FOUND": nowhere,
    }
    assert {word: payoffs.refused(asked) for word, asked in wrong.items()} == {
        word: word for word in wrong
    }
    assert len(payoffs.get(task.payoff_id).assignments) == 1


def test_noti_009_two_who_give_it_at_once_are_both_kept(payoffs, task) -> None:
    """NOTI-009: real threads; one after the other, and the second counts."""
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda name: payoffs.do(given(task, name)), ("cyn", "dot")))
    kept = payoffs.get(task.payoff_id)
    assert sorted(one.assignee for one in kept.assignments) == ["cyn", "dot"]
    assert kept.assignee == kept.assignments[-1].assignee


def test_noti_009_nothing_of_it_is_altered(app, payoffs, task) -> None:
    payoffs.do(given(task))
    with pytest.raises(DBAPIError) as refused, app.database.begin() as connection:
        connection.exec_driver_sql("update special_payoff_assignments set assignee = 'x'")
    assert isinstance(refused.value.orig, psycopg.Error)
