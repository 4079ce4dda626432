"""Everything that SQL can do to a relation, for a caller who belongs to one organization."""

from __future__ import annotations

from catalogue_walk import Relation

LEAK = """
    CREATE FUNCTION pg_temp.leak(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001
    AS $$BEGIN RAISE NOTICE 'saw %', $1; RETURN true; END$$;
    CREATE FUNCTION pg_temp.leak(text, text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001
    AS $$BEGIN RAISE NOTICE 'saw %', $1; RETURN true; END$$;
    CREATE OPERATOR pg_temp.<<>> (LEFTARG = text, RIGHTARG = text, FUNCTION = pg_temp.leak);
"""

READS = (
    "SELECT t::text FROM {relation} AS t",
    "TABLE {relation}",
    "SELECT count(*) FROM {relation}",
    "SELECT t::text FROM {relation} AS t WHERE {tenant} = '{their}'",
    "SELECT t::text FROM {relation} AS t WHERE {tenant} <> '{own}'",
    "SELECT t::text FROM {relation} AS t FOR UPDATE",
    "SELECT t::text FROM {relation} AS t FOR KEY SHARE",
    "SELECT t::text FROM {relation} AS t WHERE pg_temp.leak(t::text)",
    "SELECT t::text FROM {relation} AS t WHERE t::text OPERATOR(pg_temp.<<>>) 'x'",
    "SELECT count(*) FROM {relation} AS t WHERE t.{tenant} = '{their}' AND 1 / length(t::text) > 0",
    "SELECT (t::text)::int FROM {relation} AS t WHERE {tenant} = '{their}'",
    "SELECT a.{tenant} FROM {relation} AS a FULL JOIN {relation} AS b USING ({tenant})",
    "SELECT (SELECT json_agg(t) FROM {relation} AS t)::text",
    "SELECT query_to_xml('SELECT * FROM {relation}', true, false, '')::text",
    "SELECT table_to_xml({oid}::regclass, true, false, '')::text",
    "SELECT cursor_to_xml('c', 100, true, false, '')::text FROM {relation}",
    "COPY {relation} TO STDOUT",
    "COPY (SELECT * FROM {relation}) TO STDOUT",
    "DECLARE c CURSOR FOR SELECT * FROM {relation}; FETCH ALL FROM c",
    "DECLARE c SCROLL CURSOR WITH HOLD FOR SELECT * FROM {relation}; FETCH BACKWARD ALL FROM c",
    "DEALLOCATE ALL; PREPARE p AS SELECT * FROM {relation}; EXECUTE p",
    "CREATE TEMP TABLE taken AS SELECT * FROM {relation}; SELECT t::text FROM taken AS t",
    "CREATE TEMP VIEW taken AS SELECT * FROM {relation}; SELECT t::text FROM taken AS t",
    "CREATE TEMP VIEW taken WITH (security_invoker) AS SELECT * FROM {relation}; SELECT t::text FROM taken AS t",
    "SELECT t::text FROM {relation} AS t TABLESAMPLE SYSTEM (100)",
    "SELECT t::text FROM ONLY {relation} AS t",
    # By an index, whatever the size: the attempts before it leave dead rows, and make tables larger.
    "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off;"
    " EXPLAIN (VERBOSE, COSTS OFF) SELECT * FROM {relation} WHERE {tenant} = '{own}'",
    "DO $$DECLARE r record; BEGIN FOR r IN SELECT * FROM {relation} LOOP RAISE NOTICE '%', r; END LOOP; END$$",
)

WRITES = (
    "INSERT INTO {relation} DEFAULT VALUES",
    "INSERT INTO {relation} ({tenant}) VALUES ('{their}') RETURNING *",
    "INSERT INTO {relation} SELECT * FROM {relation} RETURNING *",
    "INSERT INTO {relation} SELECT * FROM {relation} ON CONFLICT DO NOTHING",
    "UPDATE {relation} SET {tenant} = '{their}' RETURNING *",
    "UPDATE {relation} SET {tenant} = '{own}' WHERE {tenant} = '{their}' RETURNING *",
    "DELETE FROM {relation} WHERE {tenant} = '{their}' RETURNING *",
    "DELETE FROM {relation} RETURNING *",
    "WITH gone AS (DELETE FROM {relation} RETURNING *) SELECT * FROM gone",
    "MERGE INTO {relation} AS t USING (SELECT 1) AS s ON true WHEN MATCHED THEN DELETE",
)

# For the owner alone.
OWNERS = (
    "TRUNCATE {relation}",
    "TRUNCATE {relation} CASCADE",
    "CREATE TABLE taken (id uuid REFERENCES {relation})",
    "CREATE TEMP TABLE taken () INHERITS ({relation})",
    "CREATE TRIGGER taken AFTER INSERT ON {relation} EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "CREATE RULE taken AS ON INSERT TO {relation} DO INSTEAD NOTHING",
    "CREATE INDEX ON {relation} ({tenant})",
    "CREATE STATISTICS taken ON {tenant}, {tenant} FROM {relation}",
    "CREATE POLICY taken ON {relation} USING (true)",
    "CREATE OR REPLACE VIEW {relation} AS SELECT 1",
    "ALTER TABLE {relation} DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE {relation} OWNER TO CURRENT_USER",
    "ALTER TABLE {relation} RENAME TO taken",
    "ALTER VIEW {relation} SET (security_invoker = false)",
    "DROP TABLE {relation}",
    "DROP VIEW {relation} CASCADE",
    "COMMENT ON TABLE {relation} IS 'taken'",
    "COMMENT ON VIEW {relation} IS 'taken'",
    "CLUSTER {relation}",
    "REINDEX TABLE {relation}",
    "REFRESH MATERIALIZED VIEW {relation}",
    "LOCK TABLE {relation} IN EXCLUSIVE MODE",
    "CREATE PUBLICATION taken FOR TABLE {relation}",
)

# These give a warning and do nothing where the right is missing.
WARNED = ("GRANT ALL ON {relation} TO PUBLIC", "ANALYZE {relation}")

COLUMN_READS = (
    "SELECT max({column}::text), min({column}::text), count(DISTINCT {column}::text) FROM {relation}",
    "SELECT {column}::text FROM {relation} WHERE pg_temp.leak({column}::text)",
    "SELECT {column}::text::int FROM {relation} WHERE {tenant} = '{their}'",
)
COLUMN_WRITES = (
    "UPDATE {relation} SET {column} = {column} RETURNING *",
    "UPDATE {relation} SET {column} = {column} WHERE {tenant} = '{their}' RETURNING *",
)


def commands(templates: tuple[str, ...], relation: Relation, tenant: str, own, their) -> list[str]:
    """Once for the relation, or once for each of its columns."""
    columns = relation.columns if "{column}" in templates[0] else ("",)
    return [one.format(relation=relation, oid=relation.oid, column=f'"{column}"', tenant=tenant, own=own, their=their)
            for one in templates for column in columns]
