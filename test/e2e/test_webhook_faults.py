"""Crashes, restarts and stops: what was acknowledged is stored once, and the worker comes back."""

from __future__ import annotations

import socket
import subprocess

import pytest

from cluster import Cluster
from stripe_sender import StripeSender
from webhook_support import SECRET, Crowd, Inbox, Posting, error_of, event, new_id
from worker_process import BINARY, Worker, wait_until


@pytest.fixture(scope="module")
def server():
    """A server of its own: it is going to be crashed."""
    made = Cluster()
    yield made
    made.destroy()


@pytest.fixture
def inbox(server):
    return Inbox(server, server.new_database())


@pytest.fixture
def path(inbox):
    return f"/webhooks/stripe/{inbox.organization()}"


@pytest.fixture
def start(server, inbox):
    """Starts workers on this test's database, without waiting until they are ready."""
    started: list[Worker] = []

    def make(ready: bool = True, **settings):
        environment = {"STRIPE_WEBHOOK_SECRETS": SECRET, **settings}
        prefixed = {f"PG_BILLING_{name}": str(value) for name, value in environment.items()}
        started.append(Worker(server.url(inbox.database, "e2e_worker"), prefixed))
        if ready:
            started[-1].wait_ready()
        return started[-1]

    yield make
    for one in started:
        one.stop()


def each_acknowledged_event_is_stored_and_applied(inbox: Inbox, acknowledged: list[str]) -> None:
    stored = inbox.ids()
    assert len(stored) == len(set(stored))
    assert set(acknowledged) - set(stored) == set()
    wait_until(lambda: inbox.pending() == 0, "everything is applied", 60)


def status_of(port: int, path: str) -> int | None:
    posting = Posting(port, path, event())
    posting.join(30)
    return posting.answer and posting.answer[0]


def test_kill_9_in_the_middle_of_a_load_loses_nothing(start, inbox, path):
    acknowledged: list[str] = []
    for _ in range(3):
        worker = start()
        crowd = Crowd(worker.port, path)
        wait_until(lambda: len(crowd.acknowledged) > 300, "the load is under way")
        worker.kill()
        crowd.stop()
        acknowledged += crowd.acknowledged
    assert len(acknowledged) > 900
    start()
    each_acknowledged_event_is_stored_and_applied(inbox, acknowledged)


def test_an_immediate_stop_of_postgresql_loses_nothing(server, start, inbox, path):
    worker = start()
    crowd = Crowd(worker.port, path)
    for _ in range(3):
        before = len(crowd.acknowledged)
        wait_until(lambda: len(crowd.acknowledged) > before + 300, "the load is under way")
        server.stop("immediate")
        wait_until(lambda: not worker.ready(), "the worker knows that the database is away")
        refusal = Posting(worker.port, path, event())
        refusal.join(30)
        assert refusal.answer[0] == 503 and int(refusal.retry_after) > 0
        assert error_of(refusal.answer[1])["code"] == "database_unavailable"
        assert worker.admin("/livez")[0] == 200
        server.start()
        worker.wait_ready()
    crowd.stop()
    assert set(crowd.others) == {503}
    each_acknowledged_event_is_stored_and_applied(inbox, crowd.acknowledged)


DOOM = """
    CREATE FUNCTION doom() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.event_id LIKE 'evt_doomed%' THEN
            RAISE EXCEPTION 'commit of % is refused', NEW.event_id;
        END IF;
        RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER doom AFTER INSERT ON billing_internal.events
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION doom()
"""


def test_an_event_whose_commit_fails_is_not_acknowledged_and_harms_no_other(start, inbox, path):
    """The statement succeeds and only the COMMIT does not: 200 must not leave before it."""
    inbox.rows(DOOM)
    worker = start()
    lock = inbox.locked()
    ids = [f"evt_doomed_{n}" if n % 10 == 0 else new_id() for n in range(40)]
    postings = [Posting(worker.port, path, event(id)) for id in ids]
    wait_until(inbox.waiting, "the first group waits, so that the others gather behind it")
    lock.close()
    for posting in postings:
        posting.join(30)
    good = [id for id in ids if not id.startswith("evt_doomed")]
    statuses = {id: posting.answer[0] for id, posting in zip(ids, postings)}
    assert statuses == {id: 200 if id in good else 500 for id in ids}
    assert sorted(inbox.ids()) == sorted(good)
    error = error_of(postings[0].answer[1])
    assert error["code"] == "internal_error" and error["message"].startswith("error id ")
    logged = [line["error_id"] for line in worker.lines if line["event"] == "event_failed"]
    assert error["message"].removeprefix("error id ") in logged and len(logged) == 4


def test_terminated_backends_are_replaced(server, start, inbox, path):
    worker = start()
    crowd = Crowd(worker.port, path)
    for _ in range(5):
        before = len(crowd.acknowledged)
        wait_until(lambda: len(crowd.acknowledged) > before + 100, "the load is under way")
        gone = inbox.rows(
            """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE application_name LIKE 'pg_billing_worker/%%' AND datname = %s""",
            inbox.database)
        assert gone
    before = len(crowd.acknowledged)
    wait_until(lambda: len(crowd.acknowledged) > before + 100, "the load goes on")
    crowd.stop()
    assert set(crowd.others) <= {503}
    each_acknowledged_event_is_stored_and_applied(inbox, crowd.acknowledged)
    assert worker.process.poll() is None


INBOX_PIDS = """SELECT pid FROM pg_stat_activity
                 WHERE application_name = 'pg_billing_worker/inbox' AND datname = %s"""


def test_one_of_the_inbox_s_connections_may_break(start, inbox, path):
    """Both are opened anew, and nothing that was acknowledged is lost."""
    worker = start()
    crowd = Crowd(worker.port, path, 6)
    wait_until(lambda: len(crowd.acknowledged) > 50, "a load")
    for _ in range(3):
        before = inbox.rows(INBOX_PIDS, inbox.database)
        assert len(before) == 2
        inbox.rows("SELECT pg_terminate_backend(%s)", before[0][0])
        wait_until(lambda: len(pids := inbox.rows(INBOX_PIDS, inbox.database)) == 2
                   and not set(pids) & set(before), "both connections are new")
    crowd.stop()
    assert set(crowd.others) <= {503}
    each_acknowledged_event_is_stored_and_applied(inbox, crowd.acknowledged)


def test_events_from_elsewhere_are_applied(start, inbox, path):
    """The lanes are woken by what another door brings in, also after their connections broke."""
    worker = start(POLL_INTERVAL="60s", LANES=1)
    ingest = "SELECT status FROM billing.ingest_events(ARRAY[%s::uuid], ARRAY[%s::bytea], NULL)"
    organization = path.rsplit("/", 1)[1]
    for _ in range(3):
        assert inbox.rows(ingest, organization, event().encode()) == [("stored",)]
        wait_until(lambda: inbox.pending() == 0, "the event is applied")
        inbox.rows("""SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                       WHERE application_name = 'pg_billing_worker/listener'""")
        wait_until(lambda: listeners(inbox) == 1, "the listener is back")
    assert worker.process.poll() is None


def test_what_the_worker_stored_it_applies_at_once(start, inbox, path):
    """Also where event follows event so closely that the server does not announce each."""
    worker = start(POLL_INTERVAL="60s", LANES=1)
    sender = StripeSender(worker.port, SECRET, path)
    for _ in range(20):
        assert sender.post(event())[0] == 200
    wait_until(lambda: inbox.pending() == 0, "the events are applied")
    sender.close()


def test_each_event_of_an_application_is_applied_at_once(start, server, inbox, path):
    start(POLL_INTERVAL="60s", LANES=1)
    connection = server.connect(inbox.database)
    with connection.cursor() as one:
        one.execute("SELECT billing.use_organization(%s, true)", (path.rsplit("/", 1)[1],))
        for _ in range(5):
            one.execute("SELECT billing.ingest_event(%s)", (event(),))
        assert one.fetchone() == ("stored",)
    wait_until(lambda: inbox.pending() == 0, "the events are applied")
    connection.close()


def test_the_last_of_a_burst_from_elsewhere_waits_for_the_poll_at_most(start, server, inbox, path):
    start(POLL_INTERVAL="200ms", LANES=1)
    ingest = "SELECT status FROM billing.ingest_events(ARRAY[%s::uuid], ARRAY[%s::bytea], NULL)"
    connection = server.connect(inbox.database)
    with connection.cursor() as one:
        for _ in range(20):
            one.execute(ingest, (path.rsplit("/", 1)[1], event().encode()))
            assert one.fetchone() == ("stored",)
    wait_until(lambda: inbox.pending() == 0, "the events are applied")
    connection.close()


def listeners(inbox: Inbox) -> int:
    return len(inbox.rows("""SELECT pid FROM pg_stat_activity
                              WHERE application_name = 'pg_billing_worker/listener'
                                AND datname = current_database() AND state = 'idle'"""))


def test_events_that_came_while_no_worker_ran_are_applied(start, inbox, path):
    organization = path.rsplit("/", 1)[1]
    inbox.rows("SELECT status FROM billing.ingest_events(ARRAY[%s::uuid], ARRAY[%s::bytea], NULL)",
               organization, event().encode())
    assert inbox.pending() == 1
    start()
    wait_until(lambda: inbox.pending() == 0, "the event is applied")


def test_sigterm_finishes_what_is_in_flight(start, inbox, path):
    worker = start()
    lock = inbox.locked()
    postings = [Posting(worker.port, path, event()) for _ in range(4)]
    wait_until(inbox.waiting, "the events wait for their commit")
    kept = StripeSender(worker.port, SECRET, "/livez")
    kept.connection.request("GET", "/livez")
    assert kept.connection.getresponse().read()
    worker.process.terminate()
    wait_until(lambda: not worker.ready(), "the worker is draining")
    wait_until(lambda: refuses(worker.port), "nobody new is let in")
    kept.connection.request("GET", "/livez")
    late = kept.connection.getresponse()
    assert late.status == 503 and late.getheader("Connection") == "close"
    late.read()
    kept.close()
    lock.close()
    assert worker.process.wait(60) == 0
    for posting in postings:
        posting.join(30)
    assert [posting.answer[0] for posting in postings] == [200] * 4
    assert len(inbox.ids()) == 4


def refuses(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
        return False
    except ConnectionRefusedError:
        return True


def test_sigterm_does_not_wait_for_ever(start, inbox, path):
    worker = start(DRAIN_TIMEOUT="300ms")
    lock = inbox.locked()
    posting = Posting(worker.port, path, event())
    wait_until(inbox.waiting, "the event waits for its commit")
    assert worker.terminate() == 1
    posting.join(30)
    assert posting.answer[0] == 503
    lock.close()


def test_sigterm_under_load_breaks_no_promise(start, inbox, path):
    worker = start()
    crowd = Crowd(worker.port, path)
    wait_until(lambda: len(crowd.acknowledged) > 300, "the load is under way")
    assert worker.terminate() == 0
    crowd.stop()
    assert set(crowd.others) <= {503}
    start()
    each_acknowledged_event_is_stored_and_applied(inbox, crowd.acknowledged)


def test_without_the_extension_the_worker_waits_for_it(server):
    database = server.empty_database()
    environment = {"PG_BILLING_STRIPE_WEBHOOK_SECRETS": SECRET}
    worker = Worker(server.url(database), environment)
    try:
        assert status_of(worker.port, "/webhooks/stripe") == 503
        status, body = worker.admin("/readyz")
        assert status == 503
        assert {error["field"] for error in error_of(body.encode())["errors"]} >= {"inbox"}
        server.psql(database, "CREATE EXTENSION pg_billing; SELECT billing.install();")
        server.psql(database, "SELECT billing.create_organization('Acme')")
        worker.wait_ready()
        assert status_of(worker.port, "/webhooks/stripe") == 200
    finally:
        worker.stop()


def test_an_address_in_use_ends_the_start(server, start):
    port = start().port
    done = subprocess.run(
        [BINARY, "run"], capture_output=True, timeout=60, text=True,
        env={"PG_BILLING_LISTEN": f"127.0.0.1:{port}", "PG_BILLING_ADMIN_LISTEN": "127.0.0.1:0"})
    assert done.returncode == 1
    assert '"event":"cannot_listen"' in done.stderr


def test_wrong_settings_are_all_named_and_exit_with_2():
    environment = {"PG_BILLING_LISTEN": "nowhere", "PG_BILLING_LANES": "many",
                   "PG_BILLING_STRIPE_API_KEY": "sk live e2e"}
    for command in (["run"], ["check-config"], ["check-config", "--json"]):
        done = subprocess.run([BINARY, *command], env=environment, capture_output=True,
                              timeout=60, text=True)
        assert done.returncode == 2
        for name in environment:
            assert name in done.stdout + done.stderr
        assert "sk live e2e" not in done.stdout + done.stderr


def test_check_config_shows_settings_but_no_secret():
    done = subprocess.run(
        [BINARY, "check-config"], capture_output=True, timeout=60, text=True,
        env={"PG_BILLING_STRIPE_WEBHOOK_SECRETS": SECRET, "PG_BILLING_LANES": "3"})
    assert done.returncode == 0
    lines = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert "3  (environment)" in lines["PG_BILLING_LANES"]
    assert "127.0.0.1:8090  (default)" in lines["PG_BILLING_LISTEN"]
    assert SECRET not in done.stdout
