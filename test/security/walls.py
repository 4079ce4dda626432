"""The two proofs that an attempt has told nothing of another organization, and a third for writes."""

from __future__ import annotations

from stage import UUID, Stage, fingerprint, plain


def leaks(world, attempt: str, answer: tuple) -> set[str]:
    """What the other organization has alone, and the attempt did not bring itself."""
    text = "\n".join(one for one in answer if isinstance(one, str))
    found = (world.secrets & set(UUID.findall(text))) - set(UUID.findall(attempt))
    return found | ({world.omega.word} if world.omega.word in text and world.omega.word not in attempt else set())


def differences(world, name: str, attempts: list[str]) -> list[str]:
    """Attempts that tell of the other organization, or that reached it."""
    with Stage(world.connection) as stage:
        stage.enter(world.actors[name])
        before = [stage.answer(one) for one in attempts]
        stage.forget(world.omega)
        after = [stage.answer(one) for one in attempts]
    out = []
    for attempt, one, other in zip(attempts, before, after):
        told = leaks(world, attempt, one)
        if plain(one, world.known) != plain(other, world.known) or told:
            out.append(f"{name}: {attempt}\n  with the other: {one}\n  without it: {other}\n  leaks: {told}")
    return out + changes(world, name, attempts)


def changes(world, name: str, attempts: list[str]) -> list[str]:
    """Relations in which rows of the other organization are no longer what they were."""
    before = fingerprint(world.connection, world.omega)
    with Stage(world.connection) as stage:
        stage.enter(world.actors[name])
        for one in attempts:
            stage.answer(one, keep=True)
        stage.cursor.execute("RESET ROLE")
        after = fingerprint(world.connection, world.omega)
    return [f"{name} changed rows of {relation}" for relation in before if before[relation] != after[relation]]
