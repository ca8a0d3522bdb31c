"""Whether the parents of a statement's rows are there, asked once: a foreign key asks row by row.

A foreign key runs a query for each row, and writes a lock on the parent it finds. Where a parent
can never go away, one question for all rows of the statement holds as much, at a tenth of the time.
"""

from collections.abc import Mapping

_FUNCTION = """
create function {child}_have_parents() returns trigger language plpgsql as $$
declare
    missing bigint;
begin
{questions}
    return null;
end
$$;
create trigger {child}_have_parents after insert on {child}
    referencing new table as added
    for each statement execute function {child}_have_parents();
"""
# An array, because a join with what was added could be planned to read the whole parent.
_QUESTION = """
    select count(distinct {column}) - (select count(*) from {parent} where {key} = any
        (array(select distinct a.{column} from added a)))
    into missing from added;
    if missing <> 0 then
        raise exception '% rows of {parent} that {child} name are not there', missing
            using errcode = 'foreign_key_violation', constraint = '{child}_have_parents';
    end if;"""


def asked_at_once(child: str, parents: Mapping[str, tuple[str, str]]) -> str:
    """SQL of a trigger that refuses rows of a child whose parents are missing; null names none.

    `parents` gives, for a column of the child, the parent and the parent's key. A parent refuses to
    be deleted and to have its key changed, as `refuse_change()` does: nothing else keeps it there.
    Rows that are in the child already are not looked at.
    """
    questions = "".join(
        _QUESTION.format(child=child, column=column, parent=parent, key=key)
        for column, (parent, key) in parents.items()
    )
    return _FUNCTION.format(child=child, questions=questions)
