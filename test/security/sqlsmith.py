"""sqlsmith as a tenant with an API key: every transaction of it is a request.

What it reads of the catalogue is bent a little. It is shown only what the role may reach, or nearly all
of its queries would end at the first closed door; our functions twenty times, or it would hardly find
them among three thousand; and our views as tables, or it would never write to them. It calls no
functions in FROM: for those there are views in the schema `attack`.
"""

from __future__ import annotations

import subprocess

from arguments import Pool, calls
from catalogue_walk import functions
from request_proxy import RequestProxy

POLYMORPHIC = "'^any|^(internal|cstring|void|pg_|aclitem)'"  # it does not know them well
# What it asks for -> what it gets, each a word for word part of one of its queries.
BENT = (
    ("select table_name, table_schema, is_insertable_into, table_type from information_schema.tables",
     "select table_name, table_schema, 'YES', case table_schema when 'billing' then 'BASE TABLE' else 'VIEW' end"
     " from information_schema.tables where table_schema in ('billing', 'attack')"),
    ("from pg_proc where prorettype::regtype::text not in",
     "from (select p.* from pg_proc as p, generate_series(1, case when pronamespace = 'billing'::regnamespace"
     " then 20 else 1 end) where provariadic = 0 and has_function_privilege(p.oid, 'EXECUTE') and not exists (select from"
     f" unnest(proargtypes || prorettype) as t (type) where t.type::regtype::text ~ {POLYMORPHIC}))"
     " as pg_proc where prorettype::regtype::text not in"),
    ("from pg_catalog.pg_operator where 0 not in",
     f"from pg_catalog.pg_operator where oprleft::regtype::text !~ {POLYMORPHIC} and oprright::regtype::text !~ {POLYMORPHIC}"
     f" and oprresult::regtype::text !~ {POLYMORPHIC} and 0 not in"),
)


def bend(text: str) -> str:
    for asked, given in BENT:
        text = text.replace(asked, given)
    return text


def offer_functions(connection, twin) -> None:
    """A view over every function that answers rows, called as its own organization would."""
    own = Pool(twin)
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS attack CASCADE")
        cursor.execute("CREATE SCHEMA attack")
        cursor.execute("SELECT p.oid::regprocedure::text FROM pg_proc AS p WHERE p.prorettype::regtype::text <> 'void'"
                       " AND p.pronamespace = 'billing'::regnamespace"
                       " AND has_function_privilege('billing_api', p.oid, 'EXECUTE')")
        granted = {signature for (signature,) in cursor.fetchall()}
        for place, function in enumerate(functions(cursor)):
            if function.signature in granted:
                for number, call in enumerate(calls(function, own, own)[:2]):
                    rows = call.replace("SELECT t::text FROM", "SELECT * FROM")
                    cursor.execute(f"CREATE VIEW attack.{function.name}_{place}_{number} AS {rows}")
        cursor.execute("GRANT USAGE ON SCHEMA attack TO billing_api")
        cursor.execute("GRANT SELECT ON ALL TABLES IN SCHEMA attack TO billing_api")


def run_sqlsmith(directory, database: str, headers: dict, secrets: set,
                 seed: int, queries: int) -> RequestProxy:
    """The proxy, with what went through it."""
    with RequestProxy(directory, headers, bend, secrets) as proxy:
        target = f"host={proxy.directory} user=billing_authenticator dbname={database}"
        done = subprocess.run(["sqlsmith", f"--target={target}", f"--seed={seed}", f"--max-queries={queries}",
                               "--exclude-catalog", "--verbose"], capture_output=True, text=True, check=False)
    proxy.report = done.stderr
    assert done.returncode == 0, done.stderr[-2000:]
    return proxy
