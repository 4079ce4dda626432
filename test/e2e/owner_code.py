"""What the owner of a database may put on our tables: triggers and rules, and what comes of them."""

from __future__ import annotations

import json

import psycopg2

WHEN = {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}


def trigger(table: str, events: str, body: str, moment: str = "BEFORE") -> list[str]:
    """Statements that put a trigger FOR EACH ROW on a table of ours."""
    name = f"{table}_{moment}_{'_'.join(events.split(' OR '))}".lower()
    return [f"CREATE FUNCTION public.{name}() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN {body} END $$",
            f"CREATE TRIGGER {name} {moment} {events} ON billing_internal.{table}"
            f" FOR EACH ROW EXECUTE FUNCTION public.{name}()"]


def swallowing(table: str, event: str) -> list[str]:
    return trigger(table, event, "RETURN NULL;")


def nothing_instead(table: str, event: str) -> list[str]:
    return [f"CREATE RULE nothing AS ON {event} TO billing_internal.{table} DO INSTEAD NOTHING"]


def changing(table: str, event: str, change: str) -> list[str]:
    return trigger(table, event, f"{change}; RETURN NEW;")


class Undone:
    """Runs statements in a transaction that is undone, so that a test leaves nothing behind."""

    def __init__(self, organization):
        self.organization = organization

    def outcome(self, changes: list[str], statement: str, before: list[str] = ()):
        """The first value of the statement, or the error that it ends with."""
        run = self.organization.run
        run("BEGIN")
        try:
            for one in [*before, *changes]:
                run(one)
            return self.organization.value(statement)
        except psycopg2.Error as error:
            return error
        finally:
            run("ROLLBACK")


def missed(error) -> str:
    """The table of which an error says that rows of it were not stored."""
    assert isinstance(error, psycopg2.Error), error
    assert error.pgcode == "PT500", error
    detail = json.loads(error.diag.message_detail)
    assert detail["code"] == "row_not_stored", error
    (field,) = detail["errors"]
    assert field["field"] in error.diag.message_primary
    assert "trigger" in error.diag.message_hint and "rule" in error.diag.message_hint
    return field["field"].removeprefix("billing_internal.")
