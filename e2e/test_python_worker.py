"""The Python package against a server that does what a test says."""

import http.server
import json
import sys
import threading

import pytest

from remote import PACKAGE, until

sys.path.insert(0, str(PACKAGE))
from compasso import Refused, Worker  # noqa: E402


class Fake:
    """A server that remembers what it was called with, and answers first what it was told to."""

    def __init__(self):
        self.calls, self.tasks, self.answers = [], [], []
        self.lease_ms = 60_000
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length) or b"null")
                status, answer = fake.answer(f"{self.command} {self.path}", body, length)
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_DELETE = do_POST

            def log_message(self, *_arguments):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def answer(self, path, body, length):
        self.calls.append((path, body, length))
        for index, (end, status, answer) in enumerate(self.answers):
            if path.endswith(end):
                del self.answers[index]
                return status, answer
        if path.endswith("/workers"):
            return 201, {"worker": "w", "lease_ms": self.lease_ms, "heartbeat_ms": 20}
        if path.endswith("/poll"):
            given, self.tasks = self.tasks, []
            return 200, {"tasks": given, "cancel": [], "drain": False}
        return 200, {}

    def bodies(self, end):
        return [body for path, body, _ in list(self.calls) if path.endswith(end)]

    def offer(self, *leases, **more):
        self.tasks += [
            {
                "lease": lease,
                "run": "r",
                "pipeline": "p",
                "task": lease,
                "attempt": 1,
                "idempotency_key": lease,
                "kind": "handler",
                "handler": "work",
                "input": None,
                **more,
            }
            for lease in leases
        ]


@pytest.fixture
def fake():
    fake = Fake()
    yield fake
    fake.http.shutdown()
    fake.http.server_close()


@pytest.fixture
def begin(fake):
    """Lets a worker with one slot work, with a handler; returns it and how it ended."""
    stops = []

    def begin(handler):
        worker = Worker(fake.url, name="w", slots=1)
        worker.task("work")(handler)
        ends = []

        def run():
            try:
                ends.append(worker.run())
            except Refused as refused:
                ends.append(refused)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        stops.append((worker, thread))
        return worker, ends

    yield begin
    for worker, thread in stops:
        worker.stop(now=True)
        thread.join(60)


def test_no_more_handlers_run_than_there_are_slots(fake, begin):
    running, most, gate = [], [], threading.Event()

    def work(task):
        running.append(task.id)
        most.append(len(running))
        assert gate.wait(60)
        running.remove(task.id)

    fake.offer("a", "b", "c")
    begin(work)
    until(lambda: any(len(beat["leases"]) == 3 for beat in fake.bodies("w/beat")), "not known")
    gate.set()
    until(lambda: sum(len(fake.bodies(f"{it}/done")) for it in "abc") == 3, "they do not end")
    assert max(most) == 1


def test_refused_polls_end_nothing(fake, begin):
    fake.answers.append(("/poll", 404, "no such page"))
    fake.answers.append(("/poll", 403, {"code": "AccessDenied", "message": "no"}))
    fake.offer("a")
    begin(lambda task: 1)
    until(lambda: fake.bodies("a/done"), "it does not go on")


@pytest.mark.parametrize("answer", [[], {"tasks": 7}, {"tasks": [{"lease": "x"}]}, "none"])
def test_a_poll_that_is_answered_with_nonsense_ends_nothing(fake, begin, answer):
    fake.answers.append(("/poll", 200, answer))
    fake.offer("a")
    begin(lambda task: 1)
    until(lambda: fake.bodies("a/done"), "it does not go on")


def test_a_task_that_is_given_up_is_named_until_its_handler_returns(fake, begin):
    gate = threading.Event()

    def work(task):
        assert task.wait_cancelled(60)
        task.log("cleaning up")
        assert gate.wait(60)

    fake.offer("a")
    begin(work)
    until(lambda: any(beat["leases"] for beat in fake.bodies("w/beat")), "it does not begin")
    fake.answers.append(("w/beat", 200, {"cancel": ["a"]}))
    until(lambda: fake.bodies("a/logs"), "its last lines are not sent")
    before = len(fake.bodies("w/beat"))
    until(lambda: len(fake.bodies("w/beat")) > before + 2, "no signs of life")
    assert all(beat["leases"] == ["a"] for beat in fake.bodies("w/beat")[before:])
    gate.set()
    until(lambda: fake.bodies("w/beat")[-1]["leases"] == [], "it is named for ever")


def test_a_name_that_is_taken_for_a_while_is_asked_for_again(fake, begin):
    fake.answers += [("/workers", 409, {"code": "WorkerNameTaken", "message": "at work"})] * 2
    fake.offer("a")
    begin(lambda task: 1)
    until(lambda: fake.bodies("a/done"), "it does not go on")
    instances = {said["instance"] for said in fake.bodies("/workers")}
    assert len(instances) == 1 and instances != {""}


def test_a_worker_that_is_not_taken_back_finishes_its_tasks(fake, begin):
    gate = threading.Event()
    fake.offer("a")
    _, ends = begin(lambda task: gate.wait(60))
    until(lambda: any(beat["leases"] for beat in fake.bodies("w/beat")), "it does not begin")
    fake.answers.append(("/workers", 403, {"code": "AccessDenied", "message": "no"}))
    fake.answers.append(("/workers", 403, {"code": "AccessDenied", "message": "no"}))
    fake.answers.append(("/poll", 404, {"code": "WorkerUnknown", "message": ""}))
    gate.set()
    until(lambda: ends, "it does not end")
    assert isinstance(ends[0], Refused) and fake.bodies("a/done") == [{"output": True}]


def test_lines_go_in_batches_that_a_server_takes(fake, begin):
    fake.offer("a")
    begin(lambda task: task.log("\n".join(["x" * 8_000] * 900)))
    until(lambda: fake.bodies("a/done"), "it does not end")
    sizes = [length for path, _, length in fake.calls if path.endswith("/logs")]
    assert len(sizes) > 1 and max(sizes) < 1_100_000
    assert sum(len(body["lines"]) for body in fake.bodies("a/logs")) == 900


def test_lines_that_are_refused_leave_a_note_and_do_not_fail_the_task(fake, begin):
    fake.answers += [("/logs", 400, {"code": "Bad", "message": "bad"})] * 2
    fake.offer("a")
    begin(lambda task: task.log("half of a character: \ud800"))
    until(lambda: fake.bodies("a/done"), "it does not end")
    assert "1 lines are missing here" in fake.bodies("a/logs")[-1]["lines"][0]["text"]
    assert not fake.bodies("a/failed")


@pytest.mark.parametrize("is_cut_off", [True, False])
def test_a_task_that_goes_on_for_too_long_is_given_up(fake, begin, is_cut_off):
    cancelled = threading.Event()

    def work(task):
        assert task.wait_cancelled(60)
        cancelled.set()

    if is_cut_off:
        fake.lease_ms = 50
        fake.answers += [("w/beat", 503, {})] * 10_000
        fake.offer("a")
    else:
        fake.offer("a", timeout_ms=50)
    begin(work)
    assert cancelled.wait(60)
