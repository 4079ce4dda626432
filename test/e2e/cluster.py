"""A private PostgreSQL in a temporary directory: reached by its socket alone, gone afterwards."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg2

# Without fsync: the tests crash processes, never the machine, and it is half of their time.
SETTINGS = {
    "fsync": "off",
    "listen_addresses": "",
    "max_connections": 120,
    "shared_buffers": "128MB",
    "log_min_messages": "warning",
    "timezone": "UTC",
}


def pg_bindir() -> Path:
    config = os.environ.get("PG_CONFIG") or "pg_config"
    return Path(subprocess.check_output([config, "--bindir"], text=True).strip())


class Cluster:
    """The server runs as postgres where the tests run as root, else as whoever runs them."""

    def __init__(self, **settings):
        self.bin = pg_bindir()
        self.directory = Path(tempfile.mkdtemp(prefix="pg_billing_"))
        self.data = self.directory / "data"
        self.counter = itertools.count(1)
        self.settings = {**SETTINGS, **settings, "unix_socket_directories": str(self.directory)}
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(self.directory, owner.pw_uid, owner.pw_gid)
        self.directory.chmod(0o755)
        self.run("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                 "--locale=C.UTF-8")
        self.start()

    def command(self, program: str, *arguments) -> list[str]:
        words = [str(self.bin / program), *map(str, arguments)]
        return ["runuser", "-u", "postgres", "--", *words] if os.geteuid() == 0 else words

    def run(self, program: str, *arguments, **more) -> subprocess.CompletedProcess:
        done = subprocess.run(
            self.command(program, *arguments), capture_output=True, cwd=self.directory, **more
        )
        assert done.returncode == 0, f"{program}: {done.stderr!r}"
        return done

    def start(self) -> None:
        options = " ".join(f"-c {name}='{value}'" for name, value in self.settings.items())
        log = self.directory / "log"
        # pg_ctl's child inherits the pipes: it must not hold ours open.
        done = subprocess.run(
            self.command("pg_ctl", "-D", self.data, "-l", log, "-w", "-o", options, "start"),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.directory,
            env={**os.environ, **self.environment()},
        )
        assert done.returncode == 0, log.read_text()

    def environment(self) -> dict[str, str]:
        """What the server sees beside our own environment."""
        return {}

    def stop(self, mode: str = "fast") -> None:
        """By the pid in the data directory: fast, or immediate for a crash."""
        self.run("pg_ctl", "-D", self.data, "-m", mode, "-w", "stop")

    def restart(self, mode: str = "fast") -> None:
        self.stop(mode)
        self.start()

    def running(self) -> bool:
        return (self.data / "postmaster.pid").exists()

    def log(self) -> str:
        return (self.directory / "log").read_text(errors="replace")

    def url(self, dbname: str, user: str = "postgres") -> str:
        return f"host={self.directory} dbname={dbname} user={user}"

    def connect(self, dbname: str = "postgres", role: str | None = None):
        """A connection in autocommit, as the superuser or acting as another role."""
        connection = psycopg2.connect(self.url(dbname))
        connection.autocommit = True
        if role is not None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('session_authorization', %s, false)", (role,))
        return connection

    def psql(self, dbname: str, script: str) -> str:
        done = self.run("psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", self.directory,
                        "-U", "postgres", "-d", dbname, input=script.encode())
        return done.stdout.decode()

    def empty_database(self) -> str:
        name = f"db{next(self.counter)}"
        self.psql("postgres", f"CREATE DATABASE {name}")
        return name

    def new_database(self) -> str:
        """A database with the extension and its tables, and a login for the worker."""
        name = self.empty_database()
        self.psql(name, "CREATE EXTENSION pg_billing; SELECT billing.install();")
        self.psql(name, """
            SELECT 'CREATE ROLE e2e_worker LOGIN IN ROLE billing_worker'
             WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'e2e_worker') \\gexec""")
        return name

    def destroy(self) -> None:
        if self.running():
            self.stop("immediate")
        shutil.rmtree(self.directory, ignore_errors=True)
