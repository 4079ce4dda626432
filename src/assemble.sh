#!/bin/sh
# Writes the extension script: assemble.sh "functions..." "migrations..." "surfaces..."
# Functions stand as they are; migrations and surfaces travel inside billing.install().
set -eu

number=$(printf '%s\n' $2 | wc -l)
statements=$(cat $3 src/install_begin.sql src/install_end.sql | md5sum | cut -c1-32)
part() {
    sed "s/@number@/$number/g; s/@statements@/$statements/g" "$1"
}

cat <<'SQL'
\echo Use "CREATE EXTENSION pg_billing" to load this file. \quit
SQL
cat src/roles.sql
for file in $1; do
    printf '\n-- %s\n' "$file"
    cat "$file"
done
part src/install_begin.sql
migration=0
for file in $2; do
    migration=$((migration + 1))
    cat <<SQL
    IF installed < $migration THEN
        EXECUTE \$migration_$migration\$
SQL
    cat "$file"
    cat <<SQL
        \$migration_$migration\$;
        INSERT INTO billing_internal.schema_migrations VALUES ($migration, '$file', now());
    END IF;
SQL
done
for file in $3; do
    printf '    EXECUTE $surface$\n'
    cat "$file"
    printf '    $surface$;\n'
done
part src/install_end.sql
cat src/privileges.sql
