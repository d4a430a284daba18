"""The example pipelines, run as they are: only addresses and paths are those of stand-ins."""

import contextlib
import datetime
import hashlib
import hmac
import json
import os
import re
import sqlite3
import subprocess
import urllib.request

import pytest

from clients import step_functions, eventually
from remote import script_worker
from rest import call, quoted
from server import REPOSITORY, Server
from stand_ins import Mails, Services, programs
from test_pipeline_runs import ended

EXAMPLES = REPOSITORY / "examples" / "pipelines"


class Site:
    """A server with stand-ins for all that the examples talk to."""

    def __init__(self, directory, routes, scripts):
        self.directory = directory
        self.services = Services(routes)
        self.mails = Mails()
        config = directory / "compasso.toml"
        config.write_text(
            f"[connections.warehouse]\nsql = 'sqlite:{directory}/warehouse.db'\n"
            f"[email]\nhost = '127.0.0.1'\nport = {self.mails.port}\nencryption = 'none'\n"
            "from = 'compasso@example.com'\n"
            f"[notify.slack]\nurl = '{self.services.url}/slack'\n"
            f"[notify.pagerduty]\nurl = '{self.services.url}/pagerduty'\n"
            "[pools]\nwarehouse = 2\n"
        )
        found = programs(directory / "bin", scripts)
        path = f"{found}{os.pathsep}{os.environ['PATH']}"
        self.environment = {"PATH": path}
        self.server = Server(
            directory / "data", arguments=["--config", config], environment=self.environment
        ).start()
        self.sfn = step_functions(self.server.url)
        self.workers = []

    def worker(self, name, tags):
        place = self.directory / name
        place.mkdir()
        arguments = ["--tags", tags, "--slots", "4"]
        worker = script_worker(self.server, place, name, *arguments, environment=self.environment)
        self.workers.append(worker)

    def push(self, example, changes=()):
        """Pushes an example, its addresses those of the stand-ins."""
        text = (EXAMPLES / f"{example}.pipeline.yaml").read_text()
        for old, new in changes:
            assert old in text, f"{example} has no {old!r}"
            text = text.replace(old, new)
        text = re.sub(r"https?://([a-z.-]+)", lambda it: f"{self.services.url}/{it[1]}", text)
        call(self.server, "POST", "/pipelines", text=text)

    def start(self, pipeline, params=None, **members):
        body = {"params": params or {}, **members}
        return call(self.server, "POST", f"/pipelines/{pipeline}/runs", body)["id"]

    def end(self, run):
        """Waits for the end of a run; returns its status and its output."""
        found = ended(self.sfn, run, seconds=60)
        return found["status"], json.loads(found.get("output", "null")), found

    def runs(self, pipeline):
        arn = f"arn:aws:states:us-east-1:000000000000:pipeline:{pipeline}"
        return call(self.server, "GET", "/runs", workflow=arn)["items"]

    def send(self, path, body, headers=None):
        """Sends a request to a webhook; returns status and answer."""
        request = urllib.request.Request(
            f"{self.server.url}/hooks{path}",
            data=body if isinstance(body, bytes) else json.dumps(body).encode(),
            headers={"content-type": "application/json", **(headers or {})},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.loads(answer.read() or b"null")

    def stop(self):
        for worker in self.workers:
            worker.kill()
        assert self.server.stop() == 0, self.server.tail()
        self.services.stop()
        self.mails.stop()


@pytest.fixture
def site(tmp_path):
    """Makes a site; it is stopped at the end of the test."""
    with contextlib.ExitStack() as made:

        def make(routes=None, scripts=None):
            site = Site(tmp_path, routes or {}, scripts or {})
            made.callback(site.stop)
            return site

        yield make


def signed(secret, body):
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def test_daily_etl_runs_yesterday_by_itself(site, tmp_path):
    python = """#!/bin/sh
    case "$1" in
      etl/list_files.py) echo '{"files": [{"path": "a.csv"}, {"path": "b.csv"}]}' ;;
      etl/load.py) echo '{"rows": 600}' ;;
      *) exit 9 ;;
    esac
    """
    (tmp_path / "etl").mkdir()
    (tmp_path / "etl" / "publish.sql").write_text(
        "create table if not exists sales (day text);\ninsert into sales values (:day);\n"
    )
    with sqlite3.connect(tmp_path / "warehouse.db") as warehouse:
        warehouse.execute("create table stage_sales (day text, amount real)")
        today = datetime.date.today()
        days = [today - datetime.timedelta(days=back) for back in range(4)]
        rows = [(str(day), 1.0) for day in days for _ in range(1000)]
        warehouse.executemany("insert into stage_sales values (?, ?)", rows)
    for day in days:
        landing = tmp_path / "landing" / "sales" / "br" / str(day)
        landing.mkdir(parents=True)
        (landing / "_SUCCESS").touch()
    etl = site({"POST /slack": {}}, {"python": python})
    etl.push(
        "1-daily-etl",
        [
            ("/landing/", f"{tmp_path}/landing/"),
            ("start: 2026-01-01", f"start: {days[2]}"),
            ("jitter: 5m", "jitter: 0s"),
        ],
    )
    eventually(lambda: len(etl.runs("daily-sales")) >= 2)
    for run in etl.runs("daily-sales"):
        status, output, found = etl.end(run["id"])
        assert status == "SUCCEEDED", found
        assert output == {"rows": 1200}
    with sqlite3.connect(tmp_path / "warehouse.db") as warehouse:
        published = [day for (day,) in warehouse.execute("select day from sales")]
    assert published == sorted(set(published)) and len(published) >= 2
    eventually(lambda: len(etl.mails.kept) == len(published))
    assert ("2 files, 1200 rows") in etl.mails.texts()[0][1]


def test_the_model_is_trained_approved_and_promoted(site):
    python = """#!/bin/sh
    case "$*" in
      ml/snapshot.py*) echo data > data.parquet; echo '{"rows": 1}' ;;
      train.py*)
        test -s data.parquet || exit 3
        echo "model of depth $DEPTH" > model.bin
        test "$DEPTH" = 6 && echo '{"auc": 0.9}' || echo '{"auc": 0.8}' ;;
      ml/evaluate.py*) echo '{"auc": 0.9, "auc_prod": 0.81, "report": "s3://reports/1"}' ;;
      *) exit 9 ;;
    esac
    """
    ml = site(
        {
            "POST /serving.internal/models/churn/(canary|promote)": {},
            "GET /metrics.internal/churn/canary": {"error_rate": 0.001},
            "POST /slack": {},
        },
        {"python": python},
    )
    ml.worker("gpu-1", "linux,gpu")
    ml.push("2-ml-train-deploy", [("every: 5m, for: 1h", "every: 100ms, for: 300ms")])
    run = ml.start("churn-model")
    approval = eventually(lambda: call(ml.server, "GET", "/approvals")["items"])[0]
    assert "AUC 0.9 against 0.81" in approval["message"]
    decision = {"decision": "approve", "form": {"canary": 20}}
    call(ml.server, "POST", f"/approvals/{quoted(approval['id'])}", decision)
    status, _, found = ml.end(run)
    assert status == "SUCCEEDED", found
    (canary,) = ml.services.asked("POST .*/canary")
    assert canary["percent"] == 20 and canary["model"].startswith("artifact://")
    assert len(ml.services.asked("POST .*/promote")) == 1
    text = ml.services.wait_for("POST /slack")[0]["text"]
    assert text == "churn model: promoted"


ORDER = {"id": "o-1", "customer": "ana@example.com", "items": [{"sku": "a"}], "total": 100}


@pytest.fixture
def orders(site):
    shop = site(
        {
            "POST /stock/reservations": {"id": "r-1"},
            "DELETE /stock/reservations/r-1": {},
            "POST /payments/charges": {"id": "c-1"},
            "POST /payments/charges/c-1/refund": {},
            "POST /shipping/shipments": {"id": "s-1"},
            "POST /orders/o-1/rejected": {},
        }
    )
    call(shop.server, "PUT", "/secrets/SHOP_WEBHOOK", {"value": "hush"})
    shop.push("3-order-saga")
    return shop


def order(shop, **members):
    """Sends an order as the shop does, and returns its run."""
    body = json.dumps({**ORDER, **members}).encode()
    headers = {"X-Signature": signed("hush", body)}
    status, answer = shop.send("/orders", body, headers)
    assert status == 202 and shop.send("/orders", body, headers)[0] == 202, "it is one order"
    (run,) = eventually(lambda: shop.runs("order"))
    assert run["id"].endswith(answer["run"])
    return run["id"]


def test_an_order_is_shipped_once_shipping_calls_back(orders):
    run = order(orders)
    _, headers = orders.services.wait_for("POST /shipping/shipments")
    callback = next(value for name, value in headers.items() if name.lower() == "x-callback-url")
    shipped = urllib.request.Request(
        callback, data=b'{"id": "s-1", "tracking": "T1"}', headers={"content-type": "application/json"}
    )
    urllib.request.urlopen(shipped, timeout=60).close()
    status, output, found = orders.end(run)
    assert status == "SUCCEEDED", found
    assert output == {"tracking": "T1"}
    assert orders.mails.texts() == [("Order o-1 is on its way", "Tracking: T1")]
    assert len(orders.services.asked("POST /payments/charges")) == 1
    assert not orders.services.asked("(DELETE|POST .*refund).*")


def test_an_order_that_is_refused_is_undone_in_reverse_order(orders):
    run = order(orders, total=6000)
    approval = eventually(lambda: call(orders.server, "GET", "/approvals")["items"])[0]
    assert approval["message"] == "Order o-1: 6000"
    call(orders.server, "POST", f"/approvals/{quoted(approval['id'])}", {"decision": "reject"})
    status, _, found = orders.end(run)
    assert (status, found["error"]) == ("FAILED", "Rejected")
    undone = [line for line, *_ in orders.services.requests if "refund" in line or "DELETE" in line]
    assert undone == ["POST /payments/charges/c-1/refund", "DELETE /stock/reservations/r-1"]
    orders.services.wait_for("POST /orders/o-1/rejected")


def test_backups_run_where_their_hosts_are_and_are_told_of(site, tmp_path):
    disk = tmp_path / "backup"
    scripts = {
        "mount": f"#!/bin/sh\nmkdir -p {disk}\n",
        "umount": f"#!/bin/sh\ntouch {disk}/unmounted\n",
        "pg_dump": "#!/bin/sh\ntest $3 != db2 || exit 1\necho dump of $3\n",
        "pg_restore": '#!/bin/sh\ntest -s "$2"\n',
    }
    backup = site({"POST /pagerduty": {}, "POST /slack": {}}, scripts)
    call(backup.server, "PUT", "/secrets/PD_KEY", {"value": "the-key-of-ops"})
    call(backup.server, "PUT", "/calendars/change-freeze", {"dates": ["2020-12-24"]})
    for host in ["db1", "db2", "db3"]:
        backup.worker(host, f"backup,host:{host}")
    backup.push(
        "4-itops-backup",
        [("/mnt/backup", str(disk)), ("retry: {max: 2, delay: 5m}", "retry: {max: 1, delay: 1ms}")],
    )
    status, _, found = backup.end(backup.start("nightly-backup"))
    assert status == "FAILED", found
    event = backup.services.wait_for("POST /pagerduty")[0]
    assert event["routing_key"] == "the-key-of-ops"
    assert event["payload"]["summary"] == "Backup failed: backup"
    assert (disk / "unmounted").exists()
    eventually(lambda: backup.mails.kept)
    subject, text = backup.mails.texts()[0]
    assert subject.endswith(": 2/3") and "1 failed" in text
    assert "retrying backup" in backup.services.wait_for("POST /slack")[0]["text"]


def test_a_commit_is_built_approved_and_deployed(site, tmp_path):
    origin = tmp_path / "shop.git"
    work = tmp_path / "shop"
    identity = ["-c", "user.name=Ana", "-c", "user.email=ana@example.com"]

    def git(*arguments):
        done = subprocess.run(
            ["git", *identity, *map(str, arguments)], check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    git("init", "--quiet", "--initial-branch", "main", work)
    git("-C", work, "commit", "--quiet", "--allow-empty", "-m", "First")
    git("clone", "--quiet", "--bare", work, origin)
    commit = git("-C", work, "rev-parse", "HEAD")
    cargo = """#!/bin/sh
    case "$*" in
      +nightly*) exit 101 ;;
      *test) mkdir -p target/junit; echo '<testsuite/>' > "target/junit/$TOOLCHAIN.xml" ;;
    esac
    """
    quiet = "#!/bin/sh\n"
    shop = site(
        {"GET /(staging[.])?shop.example.com/health": {}, "POST /git.example.com/.*": {}},
        {"cargo": cargo, "rustup": quiet, "docker": quiet},
    )
    shop.worker("builder-linux", "linux")
    shop.worker("builder-windows", "windows")
    call(shop.server, "PUT", "/secrets/GITHUB_WEBHOOK", {"value": "hush"})
    deploy = "pipeline: deploy-service\nparams: {environment: {type: string}, image: {type: string}}\n"
    deploy += 'tasks: {deploy: {noop: true}}\noutputs: {at: "${{ params.environment }}"}\n'
    call(shop.server, "POST", "/pipelines", text=deploy)
    shop.push("5-cicd-matrix", [("https://git.example.com/shop.git", f"file://{origin}")])
    push = {
        "ref": "refs/heads/main",
        "after": commit,
        "head_commit": {"id": commit, "message": "First", "author": {"name": "Ana"}},
        "commits": [{"id": commit, "modified": ["services/shop/a.rs"], "added": [], "removed": []}],
        "repository": {"full_name": "acme/shop"},
    }
    body = json.dumps(push).encode()
    headers = {
        "X-GitHub-Event": "push",
        "X-GitHub-Delivery": "1",
        "X-Hub-Signature-256": f"sha256={signed('hush', body)}",
    }
    status, _ = shop.send("/git/shop-ci/git", body, headers)
    assert status in (200, 202)
    run = eventually(lambda: shop.runs("shop-ci"))[0]["id"]
    approval = eventually(lambda: call(shop.server, "GET", "/approvals")["items"])[0]
    assert approval["count"] == 2
    call(shop.server, "POST", f"/approvals/{quoted(approval['id'])}", {"decision": "reject"})
    status, _, found = shop.end(run)
    assert status == "SUCCEEDED", found
    assert len(shop.runs("deploy-service")) == 1
    told = shop.services.wait_for(f"POST /git.example.com/api/statuses/{commit}")[0]
    assert told["state"] == "success"


def test_a_checkout_is_answered_though_a_service_is_down(site):
    shop = site(
        {
            "GET /cart/carts/c1": {"items": [{"sku": "a", "qty": 2}, {"sku": "b", "qty": 1}]},
            "GET /customers/u1": {"zip": "01000"},
            "GET /pricing/price/a[?]qty=2": {"total": 20},
            "GET /pricing/price/b[?]qty=1": {"total": 5},
            "POST /recommend/for": (500, {}),
            "GET /shipping/.*": (500, {}),
            "GET /shipping-table/flat": {"price": 7},
        }
    )
    call(shop.server, "PUT", "/secrets/CHECKOUT_TOKEN", {"value": "letmein"})
    shop.push("6-checkout-services")
    headers = {"Authorization": "Bearer letmein"}
    status, answer = shop.send("/checkout", {"cart": "c1", "user": "u1"}, headers)
    assert status == 200
    assert answer["total"] == 32 and answer["degraded"] is True and answer["recommended"] == []
    assert answer["lines"] == [{"sku": "a", "total": 20}, {"sku": "b", "total": 5}]
