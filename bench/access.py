"""Checks and usage: against what a bare table would cost, by pgbench over the socket."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path

from rig import Rig, Sample, cpu_seconds, log, median
from table import Line

GRANTS = 1_000_000  # customers with one subscription, one grant and one resolved feature each
ROWS = 1_000_000  # of the table behind a policy
HOLDERS = 10_000  # customers who own them; half of them have the feature
READERS, WRITERS = 4, 16  # connections
LONGER = 2  # times as long for readers: their connections are new, and those of a pool are not
FLUSH_US = 1000  # what a flush takes longer on a disk that is not next to the processor
CUSTOMER = "('00000000-0000-7000-9000-' || lpad((:n)::text, 12, '0'))::uuid"
KEY = "organization_id = '{organization}' AND customer_id = " + CUSTOMER + " AND feature_key = 'api'"
SCRIPTS = {
    "empty": f"SELECT {CUSTOMER}, 'api'::text",
    "exists": f"SELECT EXISTS (SELECT FROM peer_access WHERE {KEY})",
    "check": f"SELECT billing.check_access({CUSTOMER}, 'api')",
    "update": f"UPDATE peer_access SET used = used + 1 WHERE {KEY}",
    "track": f"SELECT allowed, used FROM billing.track_usage({CUSTOMER}, 'api')",
}
# The access of every customer beside it, as an application would keep its own counter.
TABLES = f"""
    CREATE ROLE bench_service LOGIN IN ROLE billing_service;
    CREATE TABLE peer_access WITH (fillfactor = 80) AS
        SELECT organization_id, customer_id, feature_key, used FROM billing_internal.access;
    ALTER TABLE peer_access ADD PRIMARY KEY (organization_id, customer_id, feature_key);
    CREATE TABLE documents AS
        SELECT n, ('00000000-0000-7000-9000-' || lpad((CASE WHEN hashint4(n) & 1 = 0 THEN 0
               ELSE 999000000 END + 1 + (hashint4(n) & 2147483647) % {HOLDERS // 2})::text, 12, '0'))::uuid AS customer_id
        FROM generate_series(1, {ROWS}) AS n;
    CREATE TABLE guarded AS TABLE documents;
    ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
    CREATE POLICY holders ON guarded USING (billing.check_access(customer_id, 'api'));
    CREATE TABLE allowed AS SELECT DISTINCT customer_id FROM documents
        JOIN billing_internal.access USING (customer_id) WHERE allowed;
    ALTER TABLE allowed ADD PRIMARY KEY (customer_id);
    GRANT ALL ON peer_access, documents, guarded, allowed TO bench_service;"""
POLICY = "SELECT count(*) FROM guarded"
JOIN = "SELECT count(*) FROM documents JOIN allowed USING (customer_id)"
# What a statement over more customers than a memo holds has at most, looked at in its middle.
MEMORY = """
    CREATE FUNCTION pg_temp.memo_bytes() RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
    BEGIN
        RETURN (SELECT sum(total_bytes) FROM pg_backend_memory_contexts WHERE name LIKE 'billing check%');
    END $$;
    SELECT max(CASE WHEN n % 5000 = 0 AND allowed THEN pg_temp.memo_bytes() END) FROM (
        SELECT n, billing.check_access(customer_id, 'api') AS allowed
        FROM (SELECT row_number() OVER () AS n, customer_id FROM peer_access LIMIT 200000) AS p
        OFFSET 0
    ) AS c"""
TOTAL = "SELECT sum(total_bytes) FROM pg_backend_memory_contexts"


class Grants:
    """The database; pgbench runs as a trusted back end that has chosen the organization."""

    def __init__(self, rig: Rig, directory: Path):
        start = time.monotonic()
        self.rig, self.directory = rig, directory
        self.name = rig.database("access")
        self.connection = rig.cluster.connect(self.name)
        self.cursor = self.connection.cursor()
        organization = self.value("SELECT billing.create_organization('Bench')::text")
        script = (Path(__file__).parent / "grants.sql").read_text()
        head = f"\\set organization {organization}\n\\set count {GRANTS}\n"
        rig.cluster.psql(self.name, head + script)
        rig.cluster.psql(self.name, TABLES)
        rig.cluster.psql(self.name, f"ALTER ROLE bench_service SET billing.organization_id = '{organization}'")
        rig.cluster.psql(self.name, "VACUUM ANALYZE")
        for name, sql in SCRIPTS.items():
            for kind, n in (("", f"random(1, {GRANTS})"), ("_hot", "7")):
                text = f"\\set n {n}\n" + sql.format(organization=organization) + ";\n"
                (directory / f"{name}{kind}.sql").write_text(text)
        log(f"{GRANTS} grants stored in {time.monotonic() - start:.0f} s")

    def value(self, sql: str):
        self.cursor.execute(sql)
        return self.cursor.fetchone()[0]

    def pgbench(self, script: str, clients: int, seconds: int) -> Sample:
        before = self.rig.server_cpu()
        done = subprocess.run(
            ["pgbench", "-h", str(self.rig.cluster.directory), "-U", "bench_service", "-n",
             "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(seconds),
             "-f", str(self.directory / f"{script}.sql"), self.name],
            capture_output=True, text=True, check=True)
        cpu = self.rig.server_cpu() - before
        count = int(re.search(r"processed: (\d+)", done.stdout)[1])
        rate = float(re.search(r"tps = ([\d.]+)", done.stdout)[1])
        log(f"{script:12} {rate:8.0f}/s  {cpu / count * 1e6:6.1f} us CPU")
        return Sample(count, count / rate, cpu / count * 1e6)

    def scans(self) -> dict[str, Sample]:
        """One connection that is not its table's owner: row security binds it."""
        connection = self.rig.cluster.connect(self.name, "bench_service")
        out = {}
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('billing.organization_id', %s, false)",
                           (self.value("SELECT organization_id::text FROM peer_access LIMIT 1"),))
            cursor.execute("SET max_parallel_workers_per_gather = 0")
            for name, sql in (("policy", POLICY), ("join", JOIN)):
                before = cpu_seconds(connection.get_backend_pid())
                start = time.monotonic()
                cursor.execute(sql)
                found = cursor.fetchone()[0]
                seconds = time.monotonic() - start
                cpu = cpu_seconds(connection.get_backend_pid()) - before
                out[name] = Sample(1, seconds, cpu * 1e6)
                log(f"{name:12} {seconds * 1000:8.0f} ms, {found} rows")
        connection.close()
        return out

    def memory(self) -> str:
        connection = self.rig.cluster.connect(self.name, "bench_service")
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('billing.organization_id', %s, false)",
                           (self.value("SELECT organization_id::text FROM peer_access LIMIT 1"),))
            cursor.execute("RESET SESSION AUTHORIZATION")
            cursor.execute(TOTAL)
            fresh = cursor.fetchone()[0]
            cursor.execute(MEMORY)
            memo = cursor.fetchone()[0]
            cursor.execute("SELECT count(*) FROM peer_access AS p, LATERAL billing.track_usage(p.customer_id, 'api') WHERE p.customer_id < '00000000-0000-7000-9000-000000001000'")
            cursor.execute(TOTAL)
            after = cursor.fetchone()[0]
        connection.close()
        return (f"memory of a backend: {float(fresh) / 1e6:.1f} MB new, {float(after) / 1e6:.1f} MB after 200,000 checks and "
                f"1,000 usages; in the statement the memo had at most {float(memo) / 1e6:.1f} MB")

    def differences(self) -> int:
        organization = self.value("SELECT organization_id::text FROM peer_access LIMIT 1")
        self.value(f"SELECT set_config('billing.organization_id', '{organization}', false)")
        return self.value("SELECT count(*) FROM billing.verify_usage()")


def compared(what: str, ours: list[Sample], base: list[Sample], target: float) -> Line:
    ratios = sorted(a.rate / b.rate for a, b in zip(ours, base))
    rate, other = median(s.rate for s in ours), median(s.rate for s in base)
    return Line(what, rate, other, rate / other, (ratios[0], ratios[-1]), target,
                median(s.cpu_us for s in ours), median(s.cpu_us for s in base))


def run(rig: Rig, directory: Path, rounds: int, seconds: int = 5) -> tuple[list[Line], list[str]]:
    grants = Grants(rig, directory)
    samples: dict[str, list[Sample]] = {}
    for number in range(rounds):
        rig.settle()
        turns = [(s, READERS, seconds * LONGER) for s in ("empty", "exists", "check", "check_hot")]
        turns += [(s, WRITERS, seconds) for s in ("update", "track", "update_hot", "track_hot")]
        # Nobody always comes second.
        for name, clients, lasting in reversed(turns) if number % 2 else turns:
            samples.setdefault(name, []).append(grants.pgbench(name, clients, lasting))
        for name, sample in grants.scans().items():
            samples.setdefault(name, []).append(sample)
    memory, differences = grants.memory(), grants.differences()
    grants.connection.close()
    rig.flush_slowly(FLUSH_US)
    for number in range(rounds):
        turns = ("update", "track", "update_hot", "track_hot")
        for name in reversed(turns) if number % 2 else turns:
            slow = grants.pgbench(name, WRITERS, seconds)
            samples.setdefault(f"{name}, slow flush", []).append(slow)
    rig.flush_slowly(0)
    return [
        compared("e check_access / bare EXISTS", samples["check"], samples["exists"], 1),
        compared("e check_access / SELECT $1, $2", samples["check"], samples["empty"], 0.8),
        compared("e check of one customer / the same", samples["check_hot"], samples["empty"], 0.8),
        compared("e track_usage / bare UPDATE", samples["track"], samples["update"], 0.8),
        compared("e one hot customer / locked counter", samples["track_hot"], samples["update_hot"], 5),
        compared(f"e track_usage, a flush {FLUSH_US} us longer", samples["track, slow flush"],
                 samples["update, slow flush"], 0.8),
        compared("e one hot customer, the same", samples["track_hot, slow flush"],
                 samples["update_hot, slow flush"], 5),
        compared(f"e policy over {ROWS} rows / join", samples["policy"], samples["join"], 1 / 3),
    ], [memory, f"differences that verify_usage() found: {differences}"]
