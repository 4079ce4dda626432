"""Trigger functions on tables that somebody else made: wherever they are put and whatever they are told."""

from __future__ import annotations

import itertools

import pytest

from catalogue_walk import functions, relations
from stage import Stage
from walls import differences, leaks

# A table of the caller's own, with a column of every kind of thing that could name a customer.
OWN = """
    CREATE TEMP TABLE own (customer uuid, customer_id uuid, name text, number int, many text[], said jsonb,
        made text GENERATED ALWAYS AS (name || '!') STORED, gone int);
    ALTER TABLE own DROP COLUMN gone;
"""
ROWS = ("NULL, NULL, NULL, NULL, NULL, NULL", "'{their}', '{their}', '{their}', 1, '{{x}}', '{{}}'",
        "'{own}', '{own}', 'own_{word}', 1, '{{x}}', '{{}}'", "'{own}', '{own}', 'cus_1', 1, NULL, NULL")
EVENTS = ("BEFORE INSERT OR UPDATE OR DELETE {t} FOR EACH ROW", "AFTER INSERT OR UPDATE OR DELETE {t} FOR EACH ROW",
          "AFTER INSERT {t} FOR EACH STATEMENT", "BEFORE TRUNCATE {t} FOR EACH STATEMENT",
          "AFTER INSERT {t} REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT")
ARGUMENTS = ("", "'calls'", "'calls', 'customer_id'", "'calls', 'name'", "'calls', 'number'", "'calls', 'many'", "'calls', 'said'",
             "'calls', 'made'", "'calls', 'nothing'", "'calls', ''", "'', 'name'", "'only_omega', 'name'", "'calls', 'name', 'more'",
             "'calls', 'ctid'", "'calls', 'gone'", "1, 2")


def attempts_on(world) -> list[str]:
    with world.connection.cursor() as cursor:
        found = [one for one in functions(cursor) if one.returns == "trigger"]
    their, own = world.foreign.ids["customers"][0], world.own.ids["customers"][0]
    out = []
    for function, event, (place, arguments) in itertools.product(found, EVENTS, enumerate(ARGUMENTS)):
        # A view's functions take no arguments, and none of them works for a whole statement.
        if place > 2 and (function.name.startswith("customers_") or "FOR EACH ROW" not in event):
            continue
        made = OWN + f"CREATE TRIGGER t {event.format(t='ON own')} EXECUTE FUNCTION billing.{function.name}({arguments});"
        for row in ROWS:
            row = row.format(their=their, own=own, word=world.omega.word if their in row else world.alpha.word)
            out.append(f"{made} INSERT INTO own VALUES ({row}); UPDATE own SET customer_id = NULL, name = 'cus_2';"
                       " DELETE FROM own; TRUNCATE own")
    return out


def test_they_tell_and_change_nothing_of_anybody_else(world):
    assert not differences(world, "back end", attempts_on(world))


@pytest.mark.parametrize("name", ["key that may everything", "back end"])
def test_they_end_in_a_clear_error_or_none(world, name):
    seen = set()
    with Stage(world.connection) as stage:
        stage.enter(world.actors[name])
        for attempt in attempts_on(world):
            answer = stage.answer(attempt)
            seen.add(answer[0])
            assert answer[0] == "rows" or not answer[1].startswith(("XX", "PT500", "57")), (attempt, answer)
    # Requests are not granted them; a back end's own tables may have them.
    assert seen == ({"error"} if name.startswith("key") else {"rows", "error"})


def test_views_of_the_callers_own_are_refused(world):
    """Those of billing.customers stand on that view alone."""
    with world.connection.cursor() as cursor:
        names = [one.name for one in functions(cursor) if one.returns == "trigger"]
        view = next(one for one in relations(cursor) if str(one) == "billing.customers")
    with Stage(world.connection) as stage:
        stage.enter(world.actors["key that may everything"])
        for name, event in itertools.product(names, ("INSERT", "UPDATE", "DELETE")):
            answer = stage.answer(
                f"CREATE TEMP VIEW mine AS SELECT '{world.foreign.ids['customers'][0]}'::uuid AS id,"
                f" {', '.join(f'NULL::text AS {column}' for column in view.columns[1:])};"
                f" CREATE TRIGGER t INSTEAD OF {event} ON mine FOR EACH ROW EXECUTE FUNCTION billing.{name}('calls', 'email');"
                " INSERT INTO mine DEFAULT VALUES; UPDATE mine SET email = 'x'; DELETE FROM mine")
            assert answer[0] == "error" and not leaks(world, world.foreign.ids["customers"][0], answer), answer
