"""deploy/postgrest.conf and deploy/nginx.conf fit what they stand before."""

from __future__ import annotations

import re

import pytest

from nginx import DEPLOY, Nginx
from postgrest_config import read

# Of PostgREST 12 to 16, by its manual; an option that it does not know is ignored without a word.
OPTIONS = {
    "admin-server-port", "db-aggregates-enabled", "db-anon-role", "db-channel", "db-channel-enabled", "db-config",
    "db-extra-search-path", "db-max-rows", "db-plan-enabled", "db-pool", "db-pool-acquisition-timeout",
    "db-pre-request", "db-prepared-statements", "db-schemas", "db-tx-end", "db-uri", "jwt-aud", "jwt-role-claim-key",
    "jwt-secret", "log-level", "openapi-mode", "openapi-server-proxy-uri", "server-cors-allowed-origins",
    "server-host", "server-port", "server-unix-socket", "server-unix-socket-mode"}


def test_nginx_accepts_what_is_shipped(nginx):
    checked = nginx.check()
    assert checked.returncode == 0, checked.stderr
    assert "warn" not in checked.stderr and "test is successful" in checked.stderr


def test_the_check_refuses_a_mistake(tmp_path, postgrest, worker):
    with pytest.raises(AssertionError, match="limit_requ"):
        Nginx(tmp_path, postgrest.port, worker.port, {"limit_req zone=pgb_address": "limit_requ zone=pgb_address"})


def test_every_option_is_one_of_postgrests():
    assert set(read()) <= OPTIONS


def test_nothing_but_nginx_reaches_postgrest():
    settings = read()
    assert settings["server-host"] == "127.0.0.1"
    assert f"server 127.0.0.1:{settings['server-port']} " in (DEPLOY / "nginx.conf").read_text()


def test_public_is_in_no_search_path():
    settings = read()
    assert settings["db-extra-search-path"] == settings["db-schemas"] == "billing"


def test_a_token_chooses_no_role_and_secrets_are_not_in_the_file():
    settings = read()
    assert settings["jwt-role-claim-key"] not in (".role", "$$.role")
    assert settings["jwt-secret"].startswith("@/") and settings["db-uri"].startswith("@/")


def test_time_outs_leave_room_for_what_they_wrap(cluster, database):
    """nginx waits longer than PostgREST for a connection and a statement together."""
    held = cluster.psql(database, "SELECT split_part(s, '=', 2)::interval FROM pg_roles, unnest(rolconfig) AS s"
                                  f" WHERE rolname = '{read()['db-anon-role']}' AND s LIKE 'statement_timeout=%'").strip()
    statement = int(re.fullmatch(r"00:00:(\d\d)", held)[1])
    waits = int(re.search(r"proxy_read_timeout (\d+)s", (DEPLOY / "nginx.conf").read_text())[1])
    assert int(read()["db-pool-acquisition-timeout"]) + statement < waits


def test_what_postgrest_is_told_is_there(cluster, database):
    settings = read()
    (row,) = cluster.psql(database, f"""
        SELECT to_regnamespace('{settings["db-schemas"]}') IS NOT NULL,
               to_regprocedure('{settings["db-pre-request"]}()') IS NOT NULL,
               pg_has_role('billing_authenticator', '{settings["db-anon-role"]}', 'MEMBER')""").split()
    assert row == "t|t|t"
