"""Approvals, waits and sagas of pipelines on a server that is killed half way."""

import json
import textwrap
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from clients import command, step_functions
from rest import Refused, call
from test_pipeline_runs import ended, start, until

APPROVAL = """
pipeline: {name}
tasks:
  ask:
    approve:
      by: [user:ana, group:release]
      count: 2
      message: "Deploy ${{{{ run.id }}}}?"
      form: {{percent: {{type: integer, default: 10, minimum: 1}}, note: {{type: string}}}}
      timeout: 1h
  deploy:
    needs: ask
    noop: true
    outputs: {{asked: "${{{{ needs.ask.output }}}}"}}
outputs: ${{{{ needs.deploy.output }}}}
"""


def asked(server, run):
    """Waits until people are asked, and returns what."""
    found = []

    def is_asked():
        found[:] = call(server, "GET", "/approvals", run=run)["items"]
        return bool(found)

    until(is_asked)
    return found[0]


def decide(server, approval, decision, **members):
    return call(server, "POST", f"/approvals/{approval}", {"decision": decision, **members})


def test_people_approve_across_a_kill_and_each_decision_counts_once(own_server):
    call(own_server, "POST", "/pipelines", text=APPROVAL.format(name="deploy"))
    run = start(own_server, "deploy", name="one")["id"]
    approval = asked(own_server, "one")
    assert (approval["task"], approval["message"]) == ("ask", "Deploy one?")
    assert approval["state"] == "open" and approval["form"][0]["name"] == "percent"
    head, row = command(own_server, "approvals", "list").stdout.splitlines()
    assert "FORM" in head and "percent=10, note" in row
    with pytest.raises(Refused) as refusal:
        decide(own_server, approval["id"], "approve", form={"percent": 0})
    assert (refusal.value.status, refusal.value.detail[0]["pointer"]) == (400, "/percent")
    decide(own_server, approval["id"], "approve", comment="looks good")
    own_server.kill()
    own_server.start()
    assert len(asked(own_server, "one")["decisions"]) == 1
    decide(own_server, approval["id"], "approve", form={"percent": 20})
    found = ended(step_functions(own_server.url), run)
    assert found["status"] == "SUCCEEDED", found
    answer = json.loads(found["output"])["asked"]
    assert (answer["decision"], answer["form"]) == ("approved", {"percent": 20})
    assert answer["by"] == ["anonymous", "anonymous"]
    with pytest.raises(Refused) as refusal:
        decide(own_server, approval["id"], "reject")
    assert refusal.value.status == 409
    closed = call(own_server, "GET", "/approvals", run="one", state="closed")["items"]
    assert [item["state"] for item in closed] == ["approved"]


def test_a_rejection_ends_the_task_and_a_cancelled_run_asks_nobody(server, sfn, unique):
    name = unique("reject")
    call(server, "POST", "/pipelines", text=APPROVAL.format(name=name))
    run = start(server, name)["id"]
    approval = asked(server, run)
    decide(server, approval["id"], "reject", comment="not on a Friday")
    found = ended(sfn, run)
    assert (found["status"], found["error"]) == ("FAILED", "Rejected")
    run = start(server, name)["id"]
    approval = asked(server, run)
    sfn.stop_execution(executionArn=run)
    assert call(server, "GET", "/approvals", run=run)["items"] == []
    with pytest.raises(Refused) as refusal:
        decide(server, approval["id"], "approve")
    assert refusal.value.status == 409


class Shop:
    """The services of an order: each call is kept, and those to `broken` paths fail."""

    def __init__(self):
        shop = self
        self.calls, self.broken, self.held = [], set(), {}
        self.lock = threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                length = int(self.headers.get("Content-Length") or 0)
                self.rfile.read(length)
                with shop.lock:
                    shop.calls.append(f"{self.command} {self.path}")
                gate = shop.held.get(self.path)
                if gate:
                    gate.wait(30)
                status = 500 if self.path in shop.broken else 200
                body = json.dumps({"id": self.path.strip("/").split("/")[0] + "-1"}).encode()
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    pass

            do_POST = do_DELETE = answer

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def shop():
    shop = Shop()
    yield shop
    shop.server.shutdown()
    shop.server.server_close()


def order(shop, name):
    return textwrap.dedent(f"""
        pipeline: {name}
        saga: {{on: [failure, cancel, timeout], order: reverse}}
        defaults: {{retry: {{max: 1, delay: 10ms}}, timeout: 15s}}
        tasks:
          reserve:
            uses: http
            with: {{method: POST, url: "{shop.url}/stock"}}
            compensate:
              uses: http
              with: {{method: DELETE, url: "{shop.url}/stock/${{{{ task.output.body.id }}}}"}}
          charge:
            needs: reserve
            uses: http
            with: {{method: POST, url: "{shop.url}/payments"}}
            compensate:
              uses: http
              with: {{method: POST, url: "{shop.url}/refunds/${{{{ task.output.body.id }}}}"}}
          ship:
            needs: charge
            uses: http
            with: {{method: POST, url: "{shop.url}/shipping"}}
            compensate:
              uses: http
              with: {{method: DELETE, url: "{shop.url}/shipping/${{{{ task.output.body.id }}}}"}}
          confirm:
            needs: ship
            uses: http
            with: {{method: POST, url: "{shop.url}/mails"}}
        hooks:
          on_failure:
            - uses: http
              with: {{method: POST, url: "{shop.url}/rejected/${{{{ run.compensation }}}}"}}
        """)


UNDONE = ["DELETE /shipping/shipping-1", "POST /refunds/payments-1", "DELETE /stock/stock-1"]


@pytest.mark.parametrize("failing", ["/stock", "/payments", "/shipping", "/mails"])
def test_an_order_that_fails_at_any_step_undoes_the_steps_before(server, sfn, shop, unique, failing):
    name = unique("order")
    call(server, "POST", "/pipelines", text=order(shop, name))
    shop.broken.add(failing)
    found = ended(sfn, start(server, name)["id"])
    assert (found["status"], found["error"]) == ("FAILED", "Http500"), found
    done = ["/stock", "/payments", "/shipping", "/mails"].index(failing)
    undone = [line for line in shop.calls if line in UNDONE]
    assert undone == UNDONE[3 - done :]
    assert shop.calls[-1].startswith("POST /rejected/")


def test_a_kill_in_the_middle_of_a_compensation_loses_nothing(own_server, shop):
    call(own_server, "POST", "/pipelines", text=order(shop, "order"))
    shop.broken.add("/mails")
    gate = shop.held["/refunds/payments-1"] = threading.Event()
    run = start(own_server, "order", name="one")["id"]
    until(lambda: "POST /refunds/payments-1" in shop.calls)
    own_server.kill()
    gate.set()
    own_server.start()
    found = ended(step_functions(own_server.url), run)
    assert (found["status"], found["error"]) == ("FAILED", "Http500"), found
    undone = [line for line in shop.calls if line in UNDONE]
    assert list(dict.fromkeys(undone)) == UNDONE
    assert undone.count("DELETE /shipping/shipping-1") == 1
    assert shop.calls[-1] == "POST /rejected/complete"


def test_a_wait_for_a_file_goes_on_after_a_kill(own_server, tmp_path):
    landed = tmp_path / "landing" / "_SUCCESS"
    text = textwrap.dedent(f"""
        pipeline: landing
        tasks:
          wait: {{wait: {{file: "{tmp_path}/landing/_*", every: 100ms, timeout: 1h}}}}
        outputs: {{files: "${{{{ [needs.wait.output] }}}}"}}
        """)
    call(own_server, "POST", "/pipelines", text=text)
    run = start(own_server, "landing")["id"]
    own_server.kill()
    own_server.start()
    landed.parent.mkdir()
    landed.touch()
    found = ended(step_functions(own_server.url), run)
    assert json.loads(found["output"]) == {"files": [str(landed)]}, found
