"""What there is to attack, as pg_catalog tells it: relations with their columns, and functions."""

from __future__ import annotations

from dataclasses import dataclass

SCHEMAS = ("billing", "billing_internal")


@dataclass(frozen=True)
class Relation:
    schema: str
    name: str
    oid: int
    kind: str
    columns: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class Argument:
    name: str
    type: str
    required: bool


@dataclass(frozen=True)
class Function:
    name: str
    signature: str
    arguments: tuple[Argument, ...]
    returns: str

    def call(self, values: dict[str, str]) -> str:
        """With each argument by its name; values are SQL literals."""
        types = {argument.name: argument.type for argument in self.arguments}
        given = ", ".join(f"{name} => {value}::{types[name]}" for name, value in values.items())
        call = f"billing.{self.name}({given})"
        return f"SELECT {call}" if self.returns == "trigger" else f"SELECT t::text FROM {call} AS t"


def relations(cursor) -> list[Relation]:
    cursor.execute("""
        SELECT c.relnamespace::regnamespace::text, c.relname, c.oid::bigint, c.relkind::text,
               (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute AS a
                 WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
          FROM pg_class AS c
         WHERE c.relnamespace::regnamespace::text = ANY (%s) AND c.relkind NOT IN ('i', 'I', 't', 'c')
         ORDER BY 1, 2""", (list(SCHEMAS),))
    return [Relation(schema, name, oid, kind, tuple(columns))
            for schema, name, oid, kind, columns in cursor.fetchall()]


def functions(cursor) -> list[Function]:
    cursor.execute("""
        SELECT p.proname, p.oid::regprocedure::text, p.prorettype::regtype::text,
               coalesce(p.proargnames[1:p.pronargs], '{}'),
               ARRAY(SELECT t.type::regtype::text FROM unnest(p.proargtypes) WITH ORDINALITY AS t (type, place)
                      ORDER BY t.place), p.pronargs - p.pronargdefaults
          FROM pg_proc AS p
         WHERE p.pronamespace::regnamespace::text = ANY (%s) ORDER BY 1, 2""", (list(SCHEMAS),))
    out = []
    for name, signature, returns, names, types, required in cursor.fetchall():
        arguments = tuple(Argument(n, t, place < required) for place, (n, t) in enumerate(zip(names, types)))
        out.append(Function(name, signature, arguments, returns))
    return out


def tenant_column(relation: Relation) -> str | None:
    """The column that says whose a row is; the organization itself is a row too."""
    if relation.name == "organizations":
        return "id"
    return "organization_id" if "organization_id" in relation.columns else None
