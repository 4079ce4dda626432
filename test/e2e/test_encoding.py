"""A database that cannot hold what Stripe writes is refused before there is anything in it."""

from __future__ import annotations

import psycopg2
import pytest


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII", "EUC_JP"])
def test_only_utf8_is_accepted(cluster, encoding):
    name = f"in_{encoding.lower()}"
    cluster.psql("postgres", f"CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0")
    connection = cluster.connect(name)
    with connection.cursor() as cursor, pytest.raises(psycopg2.errors.FeatureNotSupported) as refused:
        cursor.execute("CREATE EXTENSION pg_billing")
    assert str(refused.value).startswith(f"pg_billing needs a database in UTF8, this one is in {encoding}")
    connection.close()
