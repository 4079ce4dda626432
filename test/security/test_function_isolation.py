"""Whatever a function is given of another organization's, it answers as if that did not exist.

Every function there is, with the ids, keys, names and events of both organizations in every argument;
test_tenant_isolation.py says what is proved.
"""

from __future__ import annotations

import pytest

from arguments import calls
from catalogue_walk import functions
from stage import Stage, plain
from twin_fixtures import ACTORS, OUTSIDERS
from walls import differences, leaks

# What a trusted back end or the worker may do to every organization, each by naming it.
ACROSS = {
    "use_organization": "chooses any organization",
    "my_organizations": "lists all of them for billing_service",
    "create_organization": "a Stripe account belongs to one organization",
    "update_organization": "a Stripe account belongs to one organization",
    "ingest_events": "the organizations come as arguments",
    "record_key_use": "the keys of all organizations",
}
# The way in, once in a transaction: test_forging.py tries it.
ENTRY = {"pre_request"}
# It serves all organizations, so what there is to do and to count is of them all.
WORKER = {"process_events", "stats", "ingest_events", "record_key_use"}


@pytest.fixture(scope="module")
def found(world):
    with world.connection.cursor() as cursor:
        return functions(cursor)


def attempts_on(world, name, found) -> list[str]:
    across = {*ENTRY, *(ACROSS if name == "back end" else WORKER if name == "worker" else ())}
    # Who has no organization is refused at the door, whatever it says.
    most = 10 if name in OUTSIDERS else None
    return [call for function in found if function.name not in across
            for call in calls(function, world.own, world.foreign)[:most]]


def test_the_calls_reach_every_function(world, found):
    """With arguments of its own an organization's administrator gets answers, not only refusals."""
    answered = set()
    with Stage(world.connection) as stage:
        stage.enter(world.actors["key that may everything"])
        for function in found:
            for call in calls(function, world.own, world.own):
                if stage.answer(call)[0] == "rows":
                    answered.add(function.signature)
                    break
        stage.cursor.execute("SELECT p.oid::regprocedure::text FROM pg_proc AS p WHERE p.prorettype <> 'trigger'::regtype"
                             " AND p.pronamespace = 'billing'::regnamespace"
                             " AND has_function_privilege(current_user, p.oid, 'EXECUTE')")
        granted = {signature for (signature,) in stage.cursor.fetchall()}
    assert granted - answered == {f"billing.{name}()" for name in ENTRY}


@pytest.mark.parametrize("name", ACTORS)
def test_functions_answer_as_if_nobody_else_were_there(world, found, name):
    assert not differences(world, name, attempts_on(world, name, found))


def test_what_the_worker_does_tells_it_nothing(world, found):
    """It stores, applies and counts; it reads no row of anybody."""
    attempts = [call for function in found if function.name in WORKER
                for call in calls(function, world.own, world.foreign)]
    with Stage(world.connection) as stage:
        stage.enter(world.actors["worker"])
        told = [(one, leaks(world, one, stage.answer(one))) for one in attempts]
    assert not [(one, found) for one, found in told if found]


def test_one_session_for_two_organizations_keeps_them_apart(world, found):
    """Whatever is cached or planned for the one is not answered to the other."""
    attempts = {twin: [call for function in found if function.name not in {*ENTRY, *ACROSS}
                       for call in calls(function, pool, pool)]
                for twin, pool in ((world.alpha, world.own), (world.omega, world.foreign))}
    seen = {twin: [] for twin in attempts}
    with Stage(world.connection) as stage:
        stage.enter(world.actors["back end"])
        for twin in (world.alpha, world.omega) * 2:
            stage.cursor.execute("SELECT billing.use_organization(%s)", (str(twin.id),))
            seen[twin].append([plain(stage.answer(one), world.known) for one in attempts[twin]])
    for twin, (first, again) in seen.items():
        differ = [found for found in zip(attempts[twin], first, again) if found[1] != found[2]]
        assert not differ
    assert not [one for one, answer in zip(attempts[world.alpha], seen[world.alpha][1]) if leaks(world, one, answer)]
