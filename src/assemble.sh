#!/bin/sh
# Writes the extension script: assemble.sh "functions..." "migrations..." "surfaces..."
# Functions stand as they are; migrations and surfaces travel inside billing.install().
set -eu

cat <<'SQL'
\echo Use "CREATE EXTENSION pg_billing" to load this file. \quit
SQL
cat src/roles.sql
for file in $1; do
    printf '\n-- %s\n' "$file"
    cat "$file"
done

cat <<'SQL'

CREATE FUNCTION billing.install() RETURNS text
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET client_min_messages = warning
AS $install$
DECLARE
    installed integer;
BEGIN
    CREATE TABLE IF NOT EXISTS billing_internal.schema_migrations (
        number integer PRIMARY KEY,
        part text NOT NULL,
        installed_at timestamptz NOT NULL
    );
    COMMENT ON TABLE billing_internal.schema_migrations IS 'The changes of tables that install() has made.';
    LOCK TABLE billing_internal.schema_migrations IN SHARE ROW EXCLUSIVE MODE;
    SELECT coalesce(max(number), 0) INTO installed FROM billing_internal.schema_migrations;
SQL
number=0
for file in $2; do
    number=$((number + 1))
    cat <<SQL
    IF installed > billing.library_schema_version() THEN
        RAISE EXCEPTION 'the installed tables are newer than this version of pg_billing'
            USING ERRCODE = 'PT503', DETAIL = '{"code":"schema_outdated","errors":[]}', HINT = 'Install the newer pg_billing again.';
    END IF;
    IF installed < $number THEN
        EXECUTE \$migration_$number\$
SQL
    cat "$file"
    cat <<SQL
        \$migration_$number\$;
        INSERT INTO billing_internal.schema_migrations VALUES ($number, '$file', now());
    END IF;
SQL
done
for file in $3; do
    printf '    EXECUTE $surface$\n'
    cat "$file"
    printf '    $surface$;\n'
done
cat <<SQL
    -- Tells every backend that what it remembers of the version may be old.
    ALTER TABLE billing_internal.schema_migrations ENABLE ROW LEVEL SECURITY;
    RETURN '$number';
END
\$install\$;
COMMENT ON FUNCTION billing.install() IS 'Creates or migrates the tables and re-asserts views, policies and grants. Run it after CREATE EXTENSION, after ALTER EXTENSION UPDATE and after a restore; it is idempotent. Returns the schema version. For superusers and members of billing_owner.';

CREATE FUNCTION billing.library_schema_version() RETURNS integer
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS 'BEGIN RETURN $number; END';
COMMENT ON FUNCTION billing.library_schema_version() IS 'The schema version that this version of the extension works with.';
SQL
cat src/privileges.sql
