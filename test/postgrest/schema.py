"""The schema cache: functions, views and how they relate, as PostgREST reads them at its start."""

from __future__ import annotations

from dataclasses import dataclass

FUNCTIONS = """
    SELECT p.proname, p.provolatile = 'v', p.proretset, p.prorettype = 'void'::regtype,
           t.typtype = 'c' OR p.prorettype = 'record'::regtype,
           coalesce((SELECT array_agg(a.name ORDER BY a.place)
                       FROM unnest(p.proargnames) WITH ORDINALITY AS a (name, place)
                      WHERE p.proargmodes IS NULL OR p.proargmodes[a.place] IN ('i', 'b', 'v')), '{}'),
           (SELECT coalesce(array_agg(format_type(o.type, NULL) ORDER BY o.place), '{}')
              FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY AS o (type, place)),
           p.pronargdefaults
      FROM pg_proc AS p JOIN pg_type AS t ON t.oid = p.prorettype
     WHERE p.pronamespace = %s::regnamespace AND p.prokind = 'f' AND p.prorettype <> 'trigger'::regtype"""

COLUMNS = """
    SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
      FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
     WHERE c.relnamespace = %s::regnamespace AND c.relkind IN ('v', 'r', 'm', 'p')
       AND a.attnum > 0 AND NOT a.attisdropped ORDER BY c.relname, a.attnum"""

# Foreign keys between the tables under the views. A view shows its table's columns by their names.
KEYS = """
    SELECT v.relname, w.relname,
           (SELECT array_agg(a.attname ORDER BY k.place) FROM unnest(f.conkey) WITH ORDINALITY AS k (n, place)
              JOIN pg_attribute AS a ON a.attrelid = f.conrelid AND a.attnum = k.n)::text[],
           (SELECT array_agg(a.attname ORDER BY k.place) FROM unnest(f.confkey) WITH ORDINALITY AS k (n, place)
              JOIN pg_attribute AS a ON a.attrelid = f.confrelid AND a.attnum = k.n)::text[]
      FROM pg_constraint AS f
      JOIN pg_class AS t ON t.oid = f.conrelid JOIN pg_class AS u ON u.oid = f.confrelid
      JOIN pg_class AS v ON v.relname = t.relname AND v.relnamespace = %s::regnamespace
      JOIN pg_class AS w ON w.relname = u.relname AND w.relnamespace = v.relnamespace
     WHERE f.contype = 'f' AND t.relnamespace = u.relnamespace AND t.relnamespace::regnamespace::text = %s"""

# What an operator gave the roles that a request may run as: it holds for the request.
ROLES = """
    SELECT r.rolname, split_part(c.entry, '=', 1), substr(c.entry, strpos(c.entry, '=') + 1)
      FROM pg_db_role_setting AS s JOIN pg_roles AS r ON r.oid = s.setrole, unnest(s.setconfig) AS c (entry)
     WHERE s.setdatabase = 0 AND pg_has_role(current_user, r.oid, 'MEMBER') AND r.rolname <> current_user"""


@dataclass
class Function:
    name: str
    volatile: bool
    many: bool
    nothing: bool
    composite: bool
    arguments: dict  # name -> type
    required: list


@dataclass
class Link:
    """How a view reaches another one: column pairs, and whether it finds many."""

    target: str
    pairs: list
    many: bool


class Schema:
    def __init__(self, connection, name: str):
        self.name = name
        self.functions: dict[str, list[Function]] = {}
        self.views: dict[str, dict] = {}
        self.links: dict[str, list[Link]] = {}
        self.settings: dict[str, list] = {}
        with connection.cursor() as cursor:
            cursor.execute(ROLES)
            for role, setting, value in cursor.fetchall():
                self.settings.setdefault(role, []).append((setting, value))
            cursor.execute(FUNCTIONS, (name,))
            for row in cursor.fetchall():
                self.add_function(*row)
            cursor.execute(COLUMNS, (name,))
            for view, column, kind in cursor.fetchall():
                self.views.setdefault(view, {})[column] = kind
            cursor.execute(KEYS, (name, f"{name}_internal"))
            for view, other, columns, targets in cursor.fetchall():
                self.add_key(view, other, list(zip(columns, targets)))

    def add_function(self, name, volatile, many, nothing, composite, names, types, defaults) -> None:
        arguments = dict(zip(names, types))
        required = names[: len(names) - defaults]
        made = Function(name, volatile, many, nothing, composite, arguments, required)
        self.functions.setdefault(name, []).append(made)

    def add_key(self, view, other, pairs) -> None:
        shown = all(a in self.views[view] and b in self.views[other] for a, b in pairs)
        if shown:
            self.links.setdefault(view, []).append(Link(other, pairs, many=False))
            turned = [(b, a) for a, b in pairs]
            self.links.setdefault(other, []).append(Link(view, turned, many=True))
