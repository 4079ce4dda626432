"""What pg_catalog says of our two schemas, as text that two databases can be compared by."""

from __future__ import annotations

SCHEMAS = "('billing', 'billing_internal')"

LISTINGS = {
    "schemas": f"""
        SELECT nspname, nspowner::regrole::text, nspacl::text, obj_description(oid, 'pg_namespace')
          FROM pg_namespace WHERE nspname IN {SCHEMAS}""",
    "relations": f"""
        SELECT c.oid::regclass::text, c.relkind, c.relowner::regrole::text, c.relacl::text,
               c.relrowsecurity, c.relforcerowsecurity, c.reloptions::text,
               obj_description(c.oid, 'pg_class')
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname IN {SCHEMAS}""",
    "columns in order": f"""
        SELECT c.oid::regclass::text, row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum),
               a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attacl::text,
               a.attcompression, pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum)
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
               LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
         WHERE n.nspname IN {SCHEMAS} AND c.relkind IN ('r', 'p', 'v')""",
    "indexes": f"""
        SELECT pg_get_indexdef(i.indexrelid), i.indisprimary, i.indisvalid
          FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
               JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname IN {SCHEMAS}""",
    "constraints": f"""
        SELECT k.conrelid::regclass::text, k.conname, pg_get_constraintdef(k.oid), k.convalidated
          FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
         WHERE n.nspname IN {SCHEMAS}""",
    "policies": f"""
        SELECT p.polrelid::regclass::text, p.polname, p.polcmd, p.polpermissive,
               (SELECT array_agg(r::regrole::text ORDER BY 1) FROM unnest(p.polroles) r)::text,
               pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)
          FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
               JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname IN {SCHEMAS}""",
    "views": f"""
        SELECT c.oid::regclass::text, pg_get_viewdef(c.oid)
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname IN {SCHEMAS} AND c.relkind = 'v'""",
    "functions": f"""
        SELECT p.oid::regprocedure::text, pg_get_functiondef(p.oid), p.proowner::regrole::text,
               p.proacl::text, obj_description(p.oid, 'pg_proc')
          FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
         WHERE n.nspname IN {SCHEMAS}""",
    "triggers": f"""
        SELECT pg_get_triggerdef(t.oid), t.tgenabled
          FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
               JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname IN {SCHEMAS} AND NOT t.tgisinternal""",
    "default privileges": """
        SELECT defaclrole::regrole::text, defaclnamespace::regnamespace::text, defaclobjtype,
               defaclacl::text
          FROM pg_default_acl""",
}


def listing(connection) -> dict[str, list[tuple]]:
    out = {}
    with connection.cursor() as cursor:
        cursor.execute("SET search_path = pg_catalog")
        for name, query in LISTINGS.items():
            cursor.execute(query)
            out[name] = sorted(cursor.fetchall(), key=repr)
        cursor.execute("RESET search_path")
    return out


def sorted_acl(text: str | None) -> str | None:
    """Grants of one object in a fixed order: the order in which they were made says nothing."""
    return text and ",".join(sorted(text.strip("{}").split(",")))


def normal(rows: list[tuple]) -> list[tuple]:
    return [
        tuple(sorted_acl(v) if isinstance(v, str) and v.startswith("{") else v for v in row)
        for row in rows
    ]


def differences(one: dict, other: dict) -> dict[str, list[str]]:
    """Per listing, the first rows that only one side has."""
    out = {}
    for name in one:
        left, right = set(normal(one[name])), set(normal(other[name]))
        found = [f"- {r}" for r in sorted(left - right, key=repr)]
        found += [f"+ {r}" for r in sorted(right - left, key=repr)]
        if found:
            out[name] = found[:6]
    return out
