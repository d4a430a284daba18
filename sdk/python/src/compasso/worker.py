"""The worker: one loop asks for tasks, one gives signs of life, and each task has a thread."""

from __future__ import annotations

import logging
import os
import platform
import signal
import threading
import time
import traceback
import uuid
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional

from .errors import Cancelled, Refused, TaskError, Unreachable
from .server import Server
from .task import FIRST_PAUSE, LONGEST_PAUSE, Task

Handler = Callable[[Task], Any]

#: How long a poll is held open, and how much longer its answer may take, seconds.
POLL_SECONDS, POLL_SLACK_SECONDS = 30.0, 15.0
#: How long all slots are taken before a poll is opened that only hears what is not wanted, seconds.
BUSY_SECONDS = 0.2
#: Pause before the next poll when there are no tasks to be had, seconds.
DRAINED_SECONDS = 1.0
#: How long a line of a task waits for others, seconds.
LOG_SECONDS = 0.15
#: How often tasks are looked at that may have gone on for too long, seconds.
WATCH_SECONDS = 0.5
#: How many times the length of a lease a task goes on without a word from the server: more than one, so
#: that a server that is started anew finds its tasks going on.
LEASES_UNRENEWED_MAX = 3
#: How long a name may be taken by another worker, seconds.
NAME_SECONDS = 60.0
#: Most characters of a cause.
CAUSE_CHARACTERS_MAX = 32_000

log = logging.getLogger("compasso")


def _token_of_environment() -> Optional[str]:
    """The token of workers, or a named token. Tasks have another kind in the same variable, for themselves."""
    named = os.environ.get("COMPASSO_TOKEN", "")
    return os.environ.get("COMPASSO_WORKER_TOKEN") or (named if named.startswith("cps_") else None)


class Worker:
    """Takes tasks from a server and gives them to handlers."""

    def __init__(
        self,
        url: str,
        *,
        name: Optional[str] = None,
        tags: Iterable[str] = (),
        slots: int = 1,
        token: Optional[str] = None,
    ) -> None:
        if slots < 1:
            raise ValueError("a worker has at least one slot")
        self.name = name or f"{platform.node()}-{os.getpid()}"
        self.tags = list(tags)
        self.slots = slots
        #: What tells it from other processes of the same name.
        self._instance = uuid.uuid4().hex
        self._server = Server(url, token or _token_of_environment())
        self._handlers: Dict[str, Handler] = {}
        self._tasks: Dict[str, Task] = {}
        #: How many handlers run: never more than there are slots, whatever the server gives.
        self._busy = 0
        self._changed = threading.Condition()
        self._draining = threading.Event()
        self._over = threading.Event()
        #: Set when the server waits for a sign of life: a task is gone that was not wanted.
        self._has_news = threading.Event()
        self._listening = threading.Event()
        self._heartbeat_seconds, self._lease_seconds = 10.0, 30.0

    def task(self, name: str) -> Callable[[Handler], Handler]:
        """Makes a function the handler of the tasks that say `uses: worker:NAME`."""

        def register(handler: Handler) -> Handler:
            if name in self._handlers:
                raise ValueError(f"there is a handler {name!r} already")
            self._handlers[name] = handler
            return handler

        return register

    def run(self) -> None:
        """Works until it is told to stop: by `stop`, or by SIGTERM or Ctrl-C if it runs in the main
        thread. The first signal lets the tasks finish; a second one gives them up.

        Raises `Refused` if the server will not have this worker."""
        if threading.current_thread() is threading.main_thread():
            before = {s: signal.signal(s, self._on_signal) for s in (signal.SIGTERM, signal.SIGINT)}
        else:
            before = {}
        try:
            self._work()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def stop(self, *, now: bool = False) -> None:
        """Takes no more tasks; `run` returns when those that run have ended, or with `now` at once."""
        is_first = not self._draining.is_set()
        self._draining.set()
        if now:
            self._end()
        with self._changed:
            self._changed.notify_all()
        if is_first:
            # The poll that is open must end without losing a task: the server is asked to answer it.
            threading.Thread(target=self._drain, daemon=True).start()

    def _on_signal(self, _number: int, _frame: Any) -> None:
        # Not here: the thread that is interrupted may hold the lock.
        is_second = self._draining.is_set()
        threading.Thread(target=self.stop, kwargs={"now": is_second}, daemon=True).start()

    def _work(self) -> None:
        if not self._register():
            return
        for loop in (self._live, self._watch, self._send_lines):
            threading.Thread(target=loop, daemon=True).start()
        denied: Optional[Refused] = None
        try:
            try:
                pause = FIRST_PAUSE
                while self._wait_for_slot():
                    pause = self._ask_or_pause(pause)
            except Refused as refused:
                log.error("no more tasks; those that run go on: %s", refused)
                denied = refused
            with self._changed:
                self._changed.wait_for(lambda: not self._tasks or self._over.is_set())
        finally:
            self._end()
            self._give_up(list(self._tasks))
            self._say_goodbye()
        if denied is not None:
            raise denied

    def _end(self) -> None:
        self._over.set()
        self._has_news.set()

    def _ask_or_pause(self, pause: float) -> float:
        """Asks for tasks; what makes no sense is asked again after a pause. Returns the next pause."""
        try:
            self._ask()
            return FIRST_PAUSE
        except Refused:
            raise
        except Exception:  # Whatever the server says, the tasks that run go on.
            log.exception("the answer to a poll makes no sense; trying again")
            self._draining.wait(pause)
            return min(pause * 2, LONGEST_PAUSE)

    def _register(self) -> bool:
        """Registers, as often as it takes; false: it was told to stop meanwhile."""
        body = {
            "name": self.name,
            "tags": self.tags,
            "handlers": sorted(self._handlers),
            "slots": self.slots,
            "host": platform.node(),
            "version": "python",
            "instance": self._instance,
        }
        pause, begun = FIRST_PAUSE, time.monotonic()
        while True:
            try:
                answer = self._server.post("workers", body=body)
                self._heartbeat_seconds = answer["heartbeat_ms"] / 1000
                self._lease_seconds = answer["lease_ms"] / 1000
                log.info("registered as %s, with %s slots", self.name, self.slots)
                return True
            except (Unreachable, Refused) as error:
                # The server may not know yet that the process before, of the same name, has ended.
                is_taken = isinstance(error, Refused) and error.code == "WorkerNameTaken"
                is_patient = time.monotonic() - begun < NAME_SECONDS
                if isinstance(error, Refused) and not (is_taken and is_patient):
                    raise
                log.warning("not registered yet: %s", error)
                if self._draining.wait(pause):
                    return False
                pause = min(pause * 2, LONGEST_PAUSE)

    def _register_again(self) -> None:
        """The server was started anew: it takes the tasks that run for lost unless it is told."""
        try:
            self._register()
        except Refused as refused:
            log.error("the server does not take this worker back: %s", refused)

    def _wait_for_slot(self) -> bool:
        """Waits until a task can be taken; false: it is to take no more."""
        while not self._draining.is_set():
            with self._changed:
                is_free = lambda: len(self._tasks) < self.slots or self._draining.is_set()
                if self._changed.wait_for(is_free, BUSY_SECONDS):
                    break
            if not self._listening.is_set():
                self._listening.set()
                threading.Thread(target=self._listen, daemon=True).start()
        return not self._draining.is_set()

    def _listen(self) -> None:
        """Polls without a free slot: it only hears what is not wanted any more. The next poll of the
        worker ends it."""
        try:
            self._ask_or_pause(FIRST_PAUSE)
        except Refused as refused:
            log.warning("a poll was refused: %s", refused)
        finally:
            self._listening.clear()

    def _ask(self) -> None:
        with self._changed:
            free = max(self.slots - len(self._tasks), 0)
        body = {"free": free, "wait_ms": int(POLL_SECONDS * 1000)}
        seconds = POLL_SECONDS + POLL_SLACK_SECONDS
        try:
            polled = self._server.post("workers", self.name, "poll", body=body, seconds=seconds)
        except Unreachable as error:
            log.debug("no tasks to be had: %s", error)
            self._draining.wait(FIRST_PAUSE)
            return
        except Refused as refused:
            if refused.code != "WorkerUnknown":
                log.warning("a poll was refused; trying again: %s", refused)
                self._draining.wait(LONGEST_PAUSE)
                return
            self._register()
            return
        for delivery in polled.get("tasks") or []:
            try:
                self._begin(delivery)
            except (KeyError, TypeError):  # The others are good; this one is lost with its lease.
                log.exception("a task makes no sense")
        self._give_up(polled.get("cancel") or [])
        if polled.get("drain") and not polled.get("tasks"):
            self._draining.wait(DRAINED_SECONDS)

    def _begin(self, delivery: Mapping[str, Any]) -> None:
        lease = delivery["lease"]
        with self._changed:
            if lease in self._tasks:
                return
            task = self._tasks[lease] = Task(self._server, delivery)
        threading.Thread(target=self._run_task, args=[lease, task], daemon=True).start()

    def _run_task(self, lease: str, task: Task) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._busy < self.slots or task.cancelled)
            self._busy += 1
        try:
            if not task.cancelled:
                self._handle(task)
        except Cancelled:
            log.info("task %s of run %s is not wanted any more", task.id, task.run)
        except Refused as refused:
            log.error("the end of task %s is refused: %s", task.id, refused)
        finally:
            if task.cancelled:
                task._send_lines()
            with self._changed:
                self._busy -= 1
                self._tasks.pop(lease, None)
                self._changed.notify_all()
            if task.cancelled:
                self._has_news.set()

    def _handle(self, task: Task) -> None:
        handler = self._handlers.get(task.handler)
        try:
            if handler is None:
                raise TaskError("NotStarted", f"this worker has no handler {task.handler!r}")
            try:
                output = handler(task)
            finally:
                task._is_over = True
        except Cancelled:
            raise
        except TaskError as error:
            task._fail(error.name, error.cause, error.retry_after)
            return
        except Exception as error:  # Whatever a handler does, its task has an end.
            cause = traceback.format_exc().strip()[-CAUSE_CHARACTERS_MAX:]
            task._fail(type(error).__name__, cause, None)
            return
        try:
            task._finish(output)
        except (TypeError, ValueError, Refused) as error:
            task._fail("BadOutput", f"the output cannot be sent: {error}", None)

    def _live(self) -> None:
        """Gives signs of life, and gives up what the server does not want any more."""
        while True:
            self._has_news.wait(self._heartbeat_seconds)
            self._has_news.clear()
            if self._over.is_set():
                return
            try:
                self._beat()
            except Unreachable as error:
                log.debug("a sign of life was not heard: %s", error)
            except Refused as refused:
                if refused.code == "WorkerUnknown":
                    self._register_again()
                else:
                    log.warning("a sign of life was refused: %s", refused)
            except Exception:  # Without signs of life all tasks are lost.
                log.exception("a sign of life failed")

    def _beat(self) -> None:
        # Those that are not wanted as well: what they hold is theirs until their handlers return.
        with self._changed:
            tasks = dict(self._tasks)
        sent = time.monotonic()
        answer = self._server.post("workers", self.name, "beat", body={"leases": list(tasks)})
        for task in tasks.values():
            task._renewed = sent
        self._give_up([*answer.get("cancel", []), *answer.get("lost", [])])

    def _watch(self) -> None:
        """Gives up tasks that go on for too long: the server does so as well, but may not be able to
        say it, and they may run elsewhere by now."""
        while not self._over.wait(min(WATCH_SECONDS, self._heartbeat_seconds)):
            longest = self._lease_seconds * LEASES_UNRENEWED_MAX
            with self._changed:
                late = [k for k, task in self._tasks.items() if task._has_gone_too_long(longest)]
            self._give_up(late)

    def _send_lines(self) -> None:
        """Sends the lines of the tasks that run."""
        while not self._over.wait(LOG_SECONDS):
            for task in self._running():
                if task._lines:
                    task._send_lines()

    def _give_up(self, leases: List[str]) -> None:
        with self._changed:
            for lease in leases:
                task = self._tasks.get(lease)
                if task is not None:
                    task._cancel()
            self._changed.notify_all()

    def _running(self) -> List[Task]:
        with self._changed:
            return list(self._tasks.values())

    def _drain(self) -> None:
        try:
            self._server.post("workers", self.name, "drain", body={"drain": True})
        except (Unreachable, Refused) as error:
            log.debug("the server cannot be told that this worker ends: %s", error)

    def _say_goodbye(self) -> None:
        try:
            self._server.delete("workers", self.name)
        except (Unreachable, Refused) as error:
            log.debug("the goodbye was not heard: %s", error)
        self._server.close()
