"""What lints over the catalogue share: a database of their own with the extension in it."""

from contextlib import contextmanager

import psycopg2


def connect(dbname: str):
    connection = psycopg2.connect(dbname=dbname)
    connection.autocommit = True
    return connection


@contextmanager
def fresh_database(name: str):
    """A cursor in a new database with tables, views and grants, on the server of PGHOST and PGUSER."""
    admin = connect("postgres")
    with admin.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name}")
        cursor.execute(f"CREATE DATABASE {name}")
    connection = connect(name)
    try:
        with connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION pg_billing")
            cursor.execute("SELECT billing.install()")
            yield cursor
    finally:
        connection.close()
        with admin.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name}")
        admin.close()
