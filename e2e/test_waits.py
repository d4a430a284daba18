"""Tasks that wait: for events, assets, objects, scripts and runs of other pipelines."""

import json
import sqlite3
import textwrap
import time

from clients import step_functions
from hooks import push, runs, trigger, until
from rest import call, quoted
from server import Server
from test_pipeline_runs import ended

WAITING = """
pipeline: {name}
params: {{order: 0}}
on: {on}
tasks:
  w: {{wait: {wait}}}
outputs: {{found: "${{{{ [needs.w.output] }}}}"}}
"""


def pushed(server, name, wait, on="{manual: true}"):
    push(server, WAITING.format(name=name, wait=wait, on=on))
    return name


def began(server, name, **params):
    return call(server, "POST", f"/pipelines/{name}/runs", {"params": params})["id"]


def state(server, run, task="w"):
    found = call(server, "GET", f"/runs/{quoted(run)}/tasks")["items"]
    return next(it["state"] for it in found if it["id"] == task)


def waits(server, run):
    """Waits until the task of a run waits."""
    until(lambda: state(server, run) == "waiting")
    return run


def output(server, run):
    found = ended(step_functions(server.url), run)
    assert found["status"] == "SUCCEEDED", found
    return json.loads(found["output"])["found"]


def tell(server, source, order, **members):
    event = {"specversion": "1.0", "source": source, "type": "paid", "data": {"order": order}}
    return call(server, "POST", "/events", {**event, **members})


def test_an_event_ends_the_wait_of_the_run_that_it_is_about(own_server, unique):
    source = unique("shop")
    pattern = '{data: {order: ["${{ params.order }}"]}}'
    wait = f"{{event: {{source: {source}, type: paid, pattern: {pattern}}}, timeout: 1h}}"
    name = pushed(own_server, unique("paid"), wait)
    seven, eight = (waits(own_server, began(own_server, name, order=n)) for n in (7, 8))
    tell(own_server, source, 7, type="sent")
    assert tell(own_server, unique("other"), 7) == {"items": [[]], "waited": [[]]}
    own_server.kill()
    own_server.start()
    assert (state(own_server, seven), state(own_server, eight)) == ("waiting", "waiting")
    assert tell(own_server, source, 7) == {"items": [[]], "waited": [[seven]]}
    [event] = output(own_server, seven)
    assert (event["type"], event["data"]) == ("paid", {"order": 7})
    assert state(own_server, eight) == "waiting"
    # What was acknowledged is known after a kill, whatever the task had heard until then.
    tell(own_server, source, 8)
    own_server.kill()
    own_server.start()
    assert output(own_server, eight)[0]["data"] == {"order": 8}


def test_an_update_of_an_asset_counts_from_the_beginning_of_the_run(own_server, unique):
    asset = unique("s3://table")
    update = lambda n: call(own_server, "POST", "/assets", {"asset": asset, "metadata": {"n": n}})
    name = unique("fresh")
    push(
        own_server,
        textwrap.dedent(f"""
            pipeline: {name}
            tasks:
              first: {{wait: 1s}}
              w: {{needs: first, wait: {{asset: "{asset}", timeout: 1h}}}}
            outputs: {{found: "${{{{ [needs.w.output] }}}}"}}
            """),
    )
    update(1)
    late = began(own_server, name)
    # Before the task waits, and after its run began.
    early = began(own_server, name)
    update(2)
    assert [it["metadata"] for it in output(own_server, early)] == [{"n": 2}]
    assert output(own_server, late)[0]["asset"] == asset
    third = waits(own_server, began(own_server, name))
    own_server.kill()
    own_server.start()
    assert state(own_server, third) == "waiting"
    update(3)
    assert [it["metadata"] for it in output(own_server, third)] == [{"n": 3}]


def test_an_object_is_waited_for(aws, tmp_path, unique):
    server = Server(tmp_path / "data", environment=aws.environment())
    server.start()
    try:
        bucket = unique("bucket")
        s3 = aws.client("s3")
        s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key="in/other.txt", Body=b"1")
        wait = f'{{object: "s3://{bucket}/in/*.csv", every: 100ms, timeout: 1h}}'
        run = began(server, pushed(server, unique("object"), wait))
        server.kill()
        server.start()
        s3.put_object(Bucket=bucket, Key="in/a.csv", Body=b"22")
        [objects] = [output(server, run)]
        assert [(it["bucket"], it["key"], it["size"]) for it in objects] == [(bucket, "in/a.csv", 2)]
    finally:
        server.kill()


def test_a_script_looks_and_holds_its_place_only_while_it_runs(own_server, unique, tmp_path):
    flag = tmp_path / "flag"
    name = unique("script")
    push(
        own_server,
        textwrap.dedent(f"""
            pipeline: {name}
            tasks:
              w:
                wait: {{run: 'echo look >> {tmp_path}/looks; test -e "$FLAG" && echo "n:=7" >> "$COMPASSO_OUTPUT"', every: 100ms, timeout: 1h}}
                env: {{FLAG: "{flag}"}}
                mutex: {name}
              other:
                mutex: {name}
                run: touch {flag}
            outputs: {{found: "${{{{ [needs.w.output] }}}}"}}
            """),
    )
    run = began(own_server, name)
    assert output(own_server, run) == [{"n": 7}]
    assert state(own_server, run, "other") == "success"
    flag.unlink()
    never = pushed(own_server, unique("never"), "{run: exit 78, every: 100ms, timeout: 1h}")
    found = ended(step_functions(own_server.url), began(own_server, never))
    assert (found["status"], found["error"]) == ("FAILED", "Exit.78"), found


def test_a_run_of_another_pipeline_is_waited_for(own_server, unique):
    first = unique("first")
    wait = f"{{pipeline: {{name: {first}, state: finished}}, every: 100ms, timeout: 1h}}"
    then = pushed(own_server, unique("then"), wait)
    push(own_server, f"pipeline: {first}\ntasks: {{t: {{noop: true}}}}\noutputs: {{n: 7}}\n")
    old = began(own_server, first)
    ended(step_functions(own_server.url), old)
    run = began(own_server, then)
    until(lambda: state(own_server, run) == "waiting")
    own_server.kill()
    own_server.start()
    new = began(own_server, first)
    [found] = output(own_server, run)
    assert (found["run"]["id"], found["run"]["state"], found["output"]) == (new, "success", {"n": 7})


def test_a_run_of_the_same_interval_is_waited_for(own_server, unique):
    """Each run waits for the one of the other pipeline that is about the same day, or the day before."""
    first = unique("first")
    midnight = int(time.time()) // 86400 * 86400
    iso = lambda days: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(midnight + days * 86400))
    schedule = (
        f"{{schedule: {{cron: '0 0 * * *', start: '{iso(-2)}', end: '{iso(0)}', catchup: all, "
        "overlap: allow_all}}"
    )
    names = {}
    for interval in ("same", "-1d"):
        wait = f"{{pipeline: {{name: {first}, interval: {interval}}}, every: 100ms, timeout: 1h}}"
        names[interval] = pushed(own_server, unique("then"), wait, schedule)
    own_runs = {
        interval: until(lambda: len(found := runs(own_server, name)) == 2 and sorted(found))
        for interval, name in names.items()
    }
    push(own_server, f"pipeline: {first}\non: {schedule}\ntasks: {{t: {{noop: true}}}}\n")
    ids = lambda interval: [it.rsplit("-", 1)[1] for it in own_runs[interval]]
    for run, day in zip(own_runs["same"], ids("same")):
        assert output(own_server, run)[0]["run"]["id"].endswith(day)
    [yesterday, today] = own_runs["-1d"]
    assert output(own_server, today)[0]["run"]["id"].endswith(ids("-1d")[0])
    # There is no run about the day before the first.
    assert state(own_server, yesterday) == "waiting"


def test_a_run_of_a_trigger_counts_that_is_about_the_same_interval(own_server, unique):
    zero, first = unique("zero"), unique("first")
    midnight = int(time.time()) // 86400 * 86400
    iso = lambda days: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(midnight + days * 86400))
    schedule = (
        f"{{schedule: {{cron: '0 0 * * *', start: '{iso(-2)}', end: '{iso(0)}', catchup: all, "
        "overlap: allow_all}}"
    )
    task = "tasks: {t: {noop: true}}\n"
    push(own_server, f"pipeline: {first}\non: {{pipeline: {{name: {zero}, interval: same}}}}\n{task}")
    until(lambda: "looked" in trigger(own_server, first, "pipeline"))
    wait = f"{{pipeline: {{name: {first}, interval: same}}, every: 100ms, timeout: 1h}}"
    then = pushed(own_server, unique("then"), wait, schedule)
    waiting = until(lambda: len(found := runs(own_server, then)) == 2 and sorted(found))
    push(own_server, f"pipeline: {zero}\non: {schedule}\n{task}")
    for run in waiting:
        day = iso(-2)[:10] if iso(-2)[:10].replace("-", "") in run else iso(-1)[:10]
        [found] = output(own_server, run)
        assert found["run"]["interval"]["end"][:10] == day, (run, found)


def test_what_cannot_be_waited_for_ends_the_wait(server, unique):
    for wait in ["{object: \"${{ '/in/a' }}\", timeout: 1h}", "{event: {pattern: {data: 1}}, timeout: 1h}"]:
        found = ended(step_functions(server.url), began(server, pushed(server, unique("bad"), wait)))
        assert (found["status"], found["error"]) == ("FAILED", "Rejected"), found


def test_runs_are_found_by_what_they_wait_for(own_server, unique):
    event = pushed(own_server, unique("event"), f"{{event: {{source: {unique('s')}}}, timeout: 1h}}")
    asset = pushed(own_server, unique("asset"), f"{{asset: 'x://{unique('a')}', timeout: 1h}}")
    asking = unique("asking")
    push(own_server, f"pipeline: {asking}\ntasks:\n  ask: {{approve: {{by: [group:ops]}}}}\n")
    told, updated = waits(own_server, began(own_server, event)), waits(own_server, began(own_server, asset))
    asks = began(own_server, asking)
    (approval,) = until(lambda: call(own_server, "GET", "/approvals", run=asks)["items"])

    def found(q):
        return {run["id"] for run in call(own_server, "GET", "/runs", q=q)["items"]}

    assert found("waiting = people") == {asks}
    assert found("waiting = event") == {told}
    assert found(f"waiting in (event, asset) and not workflow = {event}") == {updated}
    assert found("waiting exists") == {told, updated, asks}
    assert call(own_server, "GET", "/runs/histogram", q="waiting = PEOPLE")["total"] == 1
    call(own_server, "POST", f"/approvals/{approval['id']}", {"decision": "approve"})
    ended(step_functions(own_server.url), asks)
    assert found("waiting = people") == set()


def test_a_wait_for_rows_that_gave_up_says_that_there_were_none(server, unique, tmp_path):
    database = tmp_path / "rows.db"
    with sqlite3.connect(database) as rows:
        rows.execute("CREATE TABLE t (a)")
    query = f'{{connection: "sqlite:{database}", query: "SELECT a FROM t"}}'
    run = began(server, pushed(server, unique("rows"), f"{{sql: {query}, every: 100ms, timeout: 300ms}}"))
    found = ended(step_functions(server.url), run)
    assert (found["error"], found["cause"]) == (
        "Timeout",
        "The wait took too long. The last look: the query gave no rows",
    )
