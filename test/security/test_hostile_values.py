"""Whatever a function is given: an answer or an error that says what is wrong, in time, and the next call
is served by the same connection."""

from __future__ import annotations

from collections import Counter

import pytest

from catalogue_walk import functions
from hostile_values import hostile_calls
from stage import Actor, Stage

# Nobody foresaw it, it never ended, memory or an index had no room, or a constraint had to catch it.
BAD = ("XX", "PT500", "57014", "53", "54", "23", "P0000")
CALLERS = ["key that may everything", "superuser"]


def is_bad(answer: tuple) -> bool:
    return answer[0] == "error" and (answer[1] is None or answer[1].startswith(BAD))


def caller(world, name: str) -> Actor:
    return Actor(name, "postgres", organization=str(world.alpha.id)) if name == "superuser" else world.actors[name]


@pytest.mark.parametrize("name", CALLERS)
def test_every_function_refuses_what_it_cannot_take(world, name):
    with world.connection.cursor() as cursor:
        found = functions(cursor)
    with Stage(world.connection) as stage:
        stage.enter(caller(world, name))
        stage.cursor.execute("SET LOCAL statement_timeout = '10s'")
        backend = world.connection.info.backend_pid
        bad, seen = [], Counter()
        for call in (call for function in found for call in hostile_calls(function, world.own)):
            answer = stage.answer(call)
            seen[answer[1] if answer[0] == "error" else "rows"] += 1
            if is_bad(answer):
                bad.append((call[:300], answer[1:4]))
        stage.cursor.execute("SELECT pg_backend_pid()")
        assert stage.cursor.fetchone() == (backend,)
    print(name, seen)
    assert not bad
    assert seen["rows"] > 100 and seen["PT400"] > 100
