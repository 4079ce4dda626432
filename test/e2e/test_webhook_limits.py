"""What slow, greedy and endless clients get, and that others do not notice them."""

from __future__ import annotations

import http.client
import socket
import threading
import time

import pytest

from stripe_sender import signature
from webhook_support import SECRET, Inbox, Posting, error_of, event, new_id
from worker_process import wait_until

HEAD = b"POST /webhooks/stripe HTTP/1.1\r\nHost: x\r\n"
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def inbox(cluster, database):
    made = Inbox(cluster, database)
    made.organization()
    return made


@pytest.fixture
def start(worker, database, inbox):
    def make(**settings):
        return worker(database, STRIPE_WEBHOOK_SECRETS=SECRET, **settings)

    return make


@pytest.fixture
def dial():
    """Raw connections, closed at the end."""
    opened: list[socket.socket] = []

    def connect(port: int) -> socket.socket:
        opened.append(socket.create_connection(("127.0.0.1", port), timeout=30))
        return opened[-1]

    yield connect
    for one in opened:
        one.close()


def answer_of(connection: socket.socket) -> tuple[int, bytes]:
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    return answer.status, answer.read()


def is_closed(connection: socket.socket) -> bool:
    """Waits for the other side to end the connection; false if it says something instead."""
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


def signed_head(body: bytes, length: str) -> bytes:
    return HEAD + f"Stripe-Signature: {signature(body, SECRET)}\r\n{length}\r\n\r\n".encode()


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def good(port: int, seconds: float = 30) -> bool:
    posting = Posting(port, "/webhooks/stripe", event())
    posting.join(seconds)
    return posting.answer is not None and posting.answer[0] == 200


def test_a_declared_body_of_two_mib_is_413_at_once(start, dial):
    port = start().port
    connection = dial(port)
    connection.sendall(signed_head(b"", f"Content-Length: {2 * MIB}"))  # and no body at all
    status, body = answer_of(connection)
    assert (status, error_of(body)["code"]) == (413, "body_too_large")
    assert is_closed(connection)
    assert good(port)


def test_a_sent_body_of_two_mib_is_413(start, dial):
    connection = dial(start().port)
    body = b"x" * (2 * MIB)
    try:
        connection.sendall(signed_head(body, f"Content-Length: {len(body)}") + body)
    except ConnectionError:
        pass  # the answer came before the body was out
    status, answer = answer_of(connection)
    assert (status, error_of(answer)["code"]) == (413, "body_too_large")


def test_a_body_of_exactly_one_mib_is_taken(start, stripe_post, dial, inbox):
    port, id = start().port, new_id()
    body = event(id, pad="")
    body = body[:-2] + "x" * (MIB - len(body)) + '"}'
    assert len(body) == MIB
    assert stripe_post(port, SECRET).post(body)[0] == 200
    assert len(inbox.stored(id)[0][1]) == MIB
    one_more = dial(port)
    one_more.sendall(signed_head(b"", f"Content-Length: {MIB + 1}"))
    assert answer_of(one_more)[0] == 413


def test_a_chunked_body_is_read_like_any_other(start, dial, inbox):
    connection, id = dial(start().port), new_id()
    body = event(id).encode()
    connection.sendall(signed_head(body, "Transfer-Encoding: chunked"))
    for part in (body[:10], body[10:11], body[11:]):
        connection.sendall(chunk(part))
    connection.sendall(chunk(b""))
    assert answer_of(connection)[0] == 200
    assert inbox.stored(id)[0][1] == body


def test_a_chunked_body_of_two_mib_is_413(start, dial):
    connection = dial(start().port)
    connection.sendall(signed_head(b"", "Transfer-Encoding: chunked"))
    for _ in range(32):
        connection.sendall(chunk(b"x" * 65536))
    connection.sendall(chunk(b""))
    status, body = answer_of(connection)
    assert (status, error_of(body)["code"]) == (413, "body_too_large")


def test_a_chunked_body_without_end_is_cut(start, dial):
    port = start().port
    connection = dial(port)
    connection.sendall(signed_head(b"", "Transfer-Encoding: chunked"))
    sent = 0
    with pytest.raises(ConnectionError):
        while sent < 64 * MIB:
            connection.sendall(chunk(b"x" * 65536))
            sent += 65536
    assert sent < 32 * MIB  # 4 MiB, and what the sockets hold on the way
    assert good(port)


def test_two_lengths_are_refused(start, dial, inbox):
    connection, id = dial(start().port), new_id()
    body = event(id).encode()
    head = signed_head(body, f"Content-Length: {len(body)}\r\nTransfer-Encoding: chunked")
    connection.sendall(head + chunk(body) + chunk(b""))
    assert answer_of(connection)[0] == 400
    assert inbox.stored(id) == []


@pytest.mark.parametrize("first", [b"", HEAD], ids=["request line", "header"])
def test_a_head_that_drips_is_cut(start, dial, first):
    running = start(HEADER_TIMEOUT="500ms")
    connection = dial(running.port)
    connection.sendall(first)
    with pytest.raises(ConnectionError):
        while True:  # never idle, never done
            connection.sendall(b"X" if first == b"" else b"X-Drip: 1\r\n")
            time.sleep(0.02)  # the pace of the client, not a wait for anything
    assert good(running.port)


def test_a_body_that_drips_is_cut(start, dial):
    running = start(BODY_TIMEOUT="500ms")
    connection = dial(running.port)
    connection.sendall(signed_head(b"", "Content-Length: 100000"))
    with pytest.raises(ConnectionError):
        while True:
            connection.sendall(b"x")
            time.sleep(0.02)
    assert good(running.port)


def test_silent_and_idle_connections_are_cut(start, dial):
    port = start(HEADER_TIMEOUT="300ms", IDLE_TIMEOUT="300ms").port
    silent, idle = dial(port), dial(port)
    body = event().encode()
    idle.sendall(signed_head(body, f"Content-Length: {len(body)}") + body)
    assert answer_of(idle)[0] == 200
    assert is_closed(idle)
    assert is_closed(silent)


def test_one_address_gets_no_more_than_its_share(start, dial):
    port = start(MAX_CONNECTIONS_PER_IP=3).port
    held = [dial(port) for _ in range(3)]
    assert is_closed(dial(port))
    held[0].close()
    wait_until(lambda: not refused(port), "a freed place is given to the next")


def refused(port: int) -> bool:
    try:
        return not good(port, 10)
    except (OSError, http.client.HTTPException):
        return True


def test_beyond_all_connections_clients_wait_for_a_place(start, dial):
    port = start(MAX_CONNECTIONS=3).port
    held = [dial(port) for _ in range(3)]
    waiting = Posting(port, "/webhooks/stripe", event())
    held[0].close()
    waiting.join(30)
    assert waiting.answer[0] == 200


def test_slow_clients_do_not_disturb_good_ones(start, dial):
    running = start()
    slow = [dial(running.port) for _ in range(200)]
    for connection in slow:
        connection.sendall(signed_head(b"", "Content-Length: 100000") + b"x" * 20000)
    assert all(good(running.port) for _ in range(50))


def test_a_storm_of_one_event_is_one_row_in_bounded_memory(start, stripe_post, inbox):
    running, id = start(), new_id()
    body = event(id, pad="x" * 4000)
    statuses: list[int] = []

    def storm():
        sender = stripe_post(running.port, SECRET)
        for _ in range(100):
            statuses.append(sender.post(body)[0])

    threads = [threading.Thread(target=storm) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 6400
    assert len(inbox.stored(id)) == 1
    assert peak_memory(running.pid) < 40 * MIB


def peak_memory(pid: int) -> int:
    with open(f"/proc/{pid}/status") as status:
        line = next(line for line in status if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def test_a_request_that_waits_too_long_is_503_and_may_come_again(start, inbox):
    port, id = start(COMMIT_TIMEOUT="500ms").port, new_id()
    lock = inbox.locked()
    posting = Posting(port, "/webhooks/stripe", event(id))
    posting.join(30)
    assert posting.answer[0] == 503 and int(posting.retry_after) > 0
    assert error_of(posting.answer[1])["code"] == "database_unavailable"
    lock.close()
    wait_until(lambda: not refused(port), "events are taken again")
    again = Posting(port, "/webhooks/stripe", event(id))
    again.join(30)
    assert again.answer[0] == 200
    assert len(inbox.stored(id)) == 1


def test_a_full_queue_refuses_early_and_recovers(start, inbox):
    running = start(QUEUE_BYTES="64KiB", COMMIT_TIMEOUT="20s")
    lock = inbox.locked()
    large = [Posting(running.port, "/webhooks/stripe", event(pad="x" * 30_000)) for _ in range(3)]
    held = "pg_billing_worker_queue_bytes "

    def full():
        line = next(x for x in running.admin("/metrics")[1].splitlines() if x.startswith(held))
        return float(line.removeprefix(held)) > 64 * 1024

    wait_until(full, "the queue is full")
    refusal = Posting(running.port, "/webhooks/stripe", event())
    refusal.join(30)
    assert refusal.answer[0] == 503 and int(refusal.retry_after) > 0
    assert error_of(refusal.answer[1])["code"] == "overloaded"
    lock.close()
    for posting in large:
        posting.join(30)
    assert [posting.answer[0] for posting in large] == [200] * 3
    assert good(running.port)


def test_a_client_that_leaves_while_it_waits_loses_nothing(start, dial, inbox):
    running, id = start(), new_id()
    lock = inbox.locked()
    body = event(id).encode()
    connection = dial(running.port)
    connection.sendall(signed_head(body, f"Content-Length: {len(body)}") + body)
    wait_until(inbox.waiting, "the event waits for its commit")
    connection.close()
    lock.close()
    wait_until(lambda: inbox.stored(id), "the event is stored all the same")
    assert good(running.port)
