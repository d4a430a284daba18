"""Triggers that look outside or are told: files, objects, events, assets, other pipelines."""

import json
import sqlite3
import textwrap
import urllib.request

import pytest

from clients import step_functions
from hooks import deliveries, ended, push, runs, trigger, until
from postgres import Postgres
from rest import Refused, call
from server import Server

SHOW = """
pipeline: {name}
on:
{on}
tasks:
  t: {{noop: true}}
outputs: ${{{{ trigger }}}}
"""


def pushed(server, name, on):
    push(server, SHOW.format(name=name, on=textwrap.indent(textwrap.dedent(on).strip(), "  ")))
    return name


def outputs(server, name):
    """The outputs of all runs of a pipeline."""
    sfn = step_functions(server.url)
    return [json.loads(ended(sfn, run)["output"]) for run in runs(server, name)]


def fates(server, name, which):
    return [it["fate"] for it in deliveries(server, name, which)]


def test_a_file_starts_one_run_once_it_is_quiet(server, unique, tmp_path):
    (tmp_path / "early.csv").write_text("1\n")
    (tmp_path / "other.txt").write_text("1\n")
    name = pushed(
        server, unique("file"), f"file: {{path: '{tmp_path}/*.csv', settle: 500ms, poll: 500ms}}"
    )
    until(lambda: len(runs(server, name)) == 1)
    (tmp_path / "late.csv").write_text("22\n")
    until(lambda: len(runs(server, name)) == 2)
    files = sorted((it["file"] for it in outputs(server, name)), key=lambda it: it["name"])
    assert [(it["name"], it["size"]) for it in files] == [("early.csv", 2), ("late.csv", 3)]
    assert files[0]["path"] == str(tmp_path / "early.csv") and files[0]["mtime"].endswith("Z")


def test_the_same_content_under_another_name_is_a_duplicate(server, unique, tmp_path):
    name = pushed(
        server,
        unique("sha"),
        f"file: {{path: '{tmp_path}/**/*.csv', settle: 0s, poll: 500ms, dedupe: sha256}}",
    )
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one.csv").write_text("same")
    until(lambda: len(runs(server, name)) == 1)
    (tmp_path / "a" / "two.csv").write_text("same")
    until(lambda: fates(server, name, "file") == ["run", "duplicate"])
    [output] = outputs(server, name)
    assert output["file"]["sha256"].startswith("0967115f2813a354")


def test_a_file_that_is_deleted_starts_a_run(server, unique, tmp_path):
    (tmp_path / "lock").write_text("x")
    name = pushed(server, unique("gone"), f"file: {{path: '{tmp_path}/lock', on: deleted, poll: 500ms, settle: 0s}}")
    until(lambda: "looked" in trigger(server, name, "file"))
    (tmp_path / "lock").unlink()
    until(lambda: len(runs(server, name)) == 1)


def test_a_trigger_that_cannot_look_is_unhealthy_and_holds_no_other_up(server, unique, tmp_path):
    folder = tmp_path / "later"
    name = pushed(
        server,
        unique("ill"),
        f"""
        file:
          - {{path: '{folder}/*', settle: 0s, poll: 500ms}}
          - {{id: well, path: '{tmp_path}/*.csv', settle: 0s, poll: 500ms}}
        """,
    )
    (tmp_path / "a.csv").write_text("1")
    until(lambda: fates(server, name, "well") == ["run"])
    ill = until(lambda: next(it for it in [trigger(server, name, "file")] if not it["healthy"]))
    assert str(folder) in ill["trouble"]["error"] and ill["trouble"]["failures"] >= 1
    folder.mkdir()
    (folder / "b").write_text("1")
    until(lambda: trigger(server, name, "file")["healthy"])
    until(lambda: fates(server, name, "file") == ["run"])


def test_a_trigger_that_a_push_mends_is_looked_at_at_once(server, unique, tmp_path):
    name, wrong = unique("mended"), tmp_path / "wrong"
    pushed(server, name, f"file: {{path: '{wrong}/*', settle: 0s, poll: 500ms}}")

    def trouble():
        return trigger(server, name, "file").get("trouble", {})

    until(lambda: trouble().get("failures", 0) >= 5)
    before = trouble()
    pushed(server, name, f"file: {{path: '{wrong}/*', settle: 0s, poll: 500ms}}\nasset: {{any: [a]}}")
    assert trouble()["since"] == before["since"], "what did not change is as ill as it was"
    pushed(server, name, f"file: {{path: '{tmp_path}/*', settle: 0s, poll: 500ms}}")
    well = until(lambda: next((it for it in [trigger(server, name, "file")] if it["healthy"] and "looked" in it), None))
    assert well["looked"] < before["next"]


def test_a_kill_between_files_and_runs_loses_and_doubles_none(own_server, unique, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    name = pushed(own_server, unique("files"), f"file: {{path: '{folder}/*', settle: 0s, poll: 500ms}}")
    count = 0
    for _ in range(3):
        for _ in range(40):
            (folder / f"{count:04}").write_text("x")
            count += 1
        until(lambda: len(runs(own_server, name)) > count - 40)
        own_server.kill()
        own_server.start()
    until(lambda: len(runs(own_server, name)) >= count)
    until(lambda: trigger(own_server, name, "file")["pending"] == 0)
    paths = [it["file"]["name"] for it in outputs(own_server, name)]
    assert sorted(paths) == [f"{number:04}" for number in range(count)]


def test_objects_start_runs_once_for_each_content(aws, tmp_path, unique):
    """What S3 lists is found, and a new content under the same key is another object."""
    server = Server(tmp_path / "data", environment=aws.environment())
    server.start()
    try:
        bucket = unique("bucket")
        s3 = aws.client("s3")
        s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key="in/a.csv", Body=b"1")
        s3.put_object(Bucket=bucket, Key="in/deep/b.csv", Body=b"1")
        s3.put_object(Bucket=bucket, Key="in/c.txt", Body=b"1")
        name = pushed(server, unique("object"), f"object: {{url: 's3://{bucket}/in/**/*.csv', poll: 500ms}}")
        until(lambda: len(runs(server, name)) == 2)
        s3.put_object(Bucket=bucket, Key="in/a.csv", Body=b"2")
        until(lambda: len(runs(server, name)) == 3)
        server.kill()
        server.start()
        s3.put_object(Bucket=bucket, Key="in/d.csv", Body=b"2")
        until(lambda: len(runs(server, name)) == 4)
        keys = sorted(it["object"]["key"] for it in outputs(server, name))
        assert keys == ["in/a.csv", "in/a.csv", "in/d.csv", "in/deep/b.csv"]
    finally:
        server.kill()


def test_events_start_those_that_wait_for_them(server, unique):
    source = unique("shop")
    paid = pushed(
        server,
        unique("paid"),
        f"event: {{source: {source}, type: order.paid, pattern: {{data: {{total: [{{numeric: ['>', 100]}}]}}}}}}",
    )
    every = pushed(server, unique("every"), f"event: {{source: {source}}}")
    event = {"specversion": "1.0", "id": "1", "source": source, "type": "order.paid"}
    [told] = call(server, "POST", "/events", {**event, "data": {"total": 200}})["items"]
    assert {it["pipeline"].rsplit(":", 1)[1] for it in told} == {paid, every}
    assert {it["fate"] for it in told} == {"run"}
    [again] = call(server, "POST", "/events", {**event, "data": {"total": 200}})["items"]
    assert {it["fate"] for it in again} == {"duplicate"}
    entry = {"Source": source, "DetailType": "order.paid", "Detail": '{"total": 50}'}
    [told] = call(server, "POST", "/events", {"Entries": [entry]})["items"]
    assert [it["pipeline"].rsplit(":", 1)[1] for it in told] == [every]
    [output] = outputs(server, paid)
    assert (output["data"], output["id"]) == ({"total": 200}, "1")


def test_an_event_in_binary_mode_starts_who_waits_for_it(server, unique):
    name, kind = unique("binary"), unique("paid")
    pushed(server, name, f"event: {{type: {kind}}}")
    headers = {"ce-specversion": "1.0", "ce-id": "e4", "ce-source": "shop", "ce-type": kind}

    def send(content, data):
        request = urllib.request.Request(
            f"{server.url}/api/v1/events", data=data, headers={"Content-Type": content, **headers}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            [[told]] = json.loads(answer.read())["items"]
        return told["fate"]

    assert send("text/plain", b"twenty") == "run"
    [output] = outputs(server, name)
    assert (output["data"], output["id"], output["type"]) == ("twenty", "e4", kind)
    assert send("application/json", b'{"amount": 20}') == "duplicate"
    headers = {}
    event = {"specversion": "1.0", "id": "e5", "source": "shop", "type": kind, "data": 1}
    assert send("application/cloudevents+json", json.dumps(event).encode()) == "run"


def test_deliveries_of_what_is_not_there_are_not_found(server, unique):
    name = pushed(server, unique("some"), "event: {type: never}")
    assert deliveries(server, name, "event") == []
    for pipeline, which, told in [
        (name, "evnt", "did you mean 'event'"),
        (name, "zz", "there is 'event'"),
        (unique("nope"), "event", "Does Not Exist"),
    ]:
        with pytest.raises(Refused) as refusal:
            deliveries(server, pipeline, which)
        assert refusal.value.status == 404 and told in refusal.value.message


def test_what_is_no_event_is_refused(server):
    with pytest.raises(Refused) as refusal:
        call(server, "POST", "/events", {"Entries": [{"Source": "x"}]})
    assert refusal.value.status == 400 and "/Entries/0" in refusal.value.message


def test_assets_start_a_run_once_all_are_there_of_one_partition(server, unique):
    one, other = unique("s3://raw"), unique("s3://rates")
    name = pushed(server, unique("asset"), f"asset: {{all: ['{one}', '{other}'], partition: same}}")

    def update(asset, partition, number):
        call(server, "POST", "/assets", {"asset": asset, "partition": partition, "id": f"{name}-{number}"})

    update(one, "2026-01-01", 1)
    update(other, "2026-01-02", 2)
    assert runs(server, name) == []
    update(other, "2026-01-01", 3)
    update(other, "2026-01-01", 3)
    [output] = until(lambda: outputs(server, name))
    assert output["partition"] == "2026-01-01"
    assert [event["asset"] for event in output["events"]] == [one, other]
    update(one, "2026-01-02", 4)
    until(lambda: len(runs(server, name)) == 2)


def test_an_update_that_is_told_again_is_news_to_no_pipeline(server, unique):
    asset = unique("db://again")
    on = f"asset: {{any: ['{asset}']}}"
    first, update = pushed(server, unique("first"), on), {"asset": asset, "id": asset}
    call(server, "POST", "/assets", update)
    assert len(outputs(server, first)) == 1
    later = pushed(server, unique("later"), on)
    call(server, "POST", "/assets", update)
    assert len(deliveries(server, first, "asset")) == 1 and deliveries(server, later, "asset") == []
    call(server, "POST", "/assets", update | {"id": f"{asset}-2"})
    assert len(outputs(server, later)) == 1 and len(outputs(server, first)) == 2


def test_updates_that_a_pause_held_go_into_one_run_of_each_partition(own_server, unique):
    server, asset = own_server, unique("db://held")
    held = f"any: ['{asset}'], when_paused: hold"
    names = [
        pushed(server, unique("held"), f"asset: {{{more}}}")
        for more in (held, f"{held}, partition: same", f"{held}, coalesce: false")
    ]
    for name in names:
        call(server, "POST", f"/pipelines/{name}/pause", {})
    for number in range(4):
        update = {"asset": asset, "partition": f"p{number % 2}", "metadata": number}
        call(server, "POST", "/assets", update | {"id": f"{asset}-{number}"})
        if number == 1:
            server.kill()
            server.start()
    assert [fates(server, name, "asset") for name in names] == [["held"] * 4] * 3
    for name in names:
        call(server, "POST", f"/pipelines/{name}/resume", {})
    for name, expected in zip(names, ([[0, 1, 2, 3]], [[0, 2], [1, 3]], [[0], [1], [2], [3]])):
        until(lambda: len(runs(server, name)) == len(expected))
        found = [[event["metadata"] for event in it["events"]] for it in outputs(server, name)]
        assert sorted(found) == expected
        until(lambda: fates(server, name, "asset") == ["run"] * 4)


def test_updates_of_many_partitions_that_a_pause_held_go_on_as_they_came(own_server, unique):
    server, asset = own_server, unique("db://many")
    name = pushed(server, unique("many"), f"asset: {{any: ['{asset}'], when_paused: hold, partition: same}}")
    call(server, "POST", f"/pipelines/{name}/pause", {})
    partitions = [f"p{number:02}" for number in range(30, 0, -1)]
    for number in range(60):
        update = {"asset": asset, "partition": partitions[number % 30], "metadata": number}
        call(server, "POST", "/assets", update | {"id": f"{asset}-{number}"})
    call(server, "POST", f"/pipelines/{name}/resume", {})
    until(lambda: fates(server, name, "asset") == ["run"] * 60)
    found = {it["partition"]: [event["metadata"] for event in it["events"]] for it in outputs(server, name)}
    assert found == {partition: [at, at + 30] for at, partition in enumerate(partitions)}


def test_the_end_of_a_run_starts_another_pipeline(server, unique):
    first = pushed(server, unique("first"), "manual: true")
    then = pushed(server, unique("then"), f"pipeline: {{name: {first}, state: success}}")
    never = pushed(server, unique("never"), f"pipeline: {{name: {first}, state: failed}}")
    until(lambda: "looked" in trigger(server, then, "pipeline"))
    run = call(server, "POST", f"/pipelines/{first}/runs", {"params": {}})["id"]
    [output] = until(lambda: outputs(server, then))
    assert (output["run"]["id"], output["run"]["state"]) == (run, "success")
    assert runs(server, never) == []


def test_a_run_with_the_same_interval_is_about_what_the_one_was_that_ended(server, unique):
    """A chain of pipelines works on the days of a backfill, one run for each."""
    names = first, second, third = [unique(place) for place in ("first", "second", "third")]
    shown = 'outputs: {date: "${{ run.date }}", interval: "${{ run.interval }}"}\n'
    task = "tasks: {t: {noop: true}}\n"
    schedule = "on: {schedule: {cron: '0 0 * * *', start: 2026-01-01}}\n"
    push(server, f"pipeline: {first}\n{schedule}{task}{shown}")
    for name, before in ((second, first), (third, second)):
        key = "key: trigger.run.interval.start"
        trigger_of = f"on: {{pipeline: {{name: {before}, interval: same, {key}}}}}\n"
        push(server, f"pipeline: {name}\n{trigger_of}{task}{shown}")
        until(lambda: "looked" in trigger(server, name, "pipeline"))
    order = {"from": "2026-01-02", "to": "2026-01-04"}
    call(server, "POST", f"/pipelines/{first}/backfills", order)
    until(lambda: len(runs(server, third)) == 2)
    days = [f"2026-01-0{day}" for day in (1, 2, 3)]
    at = lambda day: f"{day}T00:00:00.000Z"
    expected = [
        {"date": day, "interval": {"start": at(day), "end": at(after)}}
        for day, after in zip(days, days[1:])
    ]
    for name in names:
        found = sorted(outputs(server, name), key=lambda output: output["date"])
        assert found == expected, name


def test_the_same_interval_of_many_runs_at_once_is_refused(server, unique):
    on = "pipeline: {name: other, interval: same, batch: {max: 2}}"
    with pytest.raises(Refused) as refusal:
        pushed(server, unique("both"), on)
    [found] = refusal.value.detail
    assert found["location"] == "/on/pipeline"
    assert "leave 'debounce' and 'batch' away" in found["message"]


def test_a_run_that_ended_while_the_server_was_down_is_not_missed(own_server, unique):
    first = unique("first")
    push(own_server, f"pipeline: {first}\ntasks: {{t: {{wait: 2s}}}}\n")
    then = pushed(own_server, unique("then"), f"pipeline: {{name: {first}}}")
    until(lambda: "looked" in trigger(own_server, then, "pipeline"))
    for _ in range(3):
        call(own_server, "POST", f"/pipelines/{first}/runs", {"params": {}})
    own_server.kill()
    own_server.start()
    until(lambda: len(runs(own_server, then)) == 3)


def test_triggers_that_cannot_work_are_refused_when_they_are_pushed(server, unique):
    with pytest.raises(Refused) as refusal:
        pushed(server, unique("bad"), "queue: {sqs: {connection: c, queue: q}}\nfile: {path: 'x/*'}")
    assert refusal.value.code == "InvalidPipeline"
    found = {problem["code"]: problem for problem in refusal.value.detail}
    assert set(found) == {"E017", "E021"}
    assert found["E021"]["message"] == "a queue trigger is not supported yet"
    assert (found["E021"]["line"], found["E021"]["location"]) == (4, "/on/queue")


def test_a_trigger_that_is_gone_or_off_starts_nothing(server, unique, tmp_path):
    name = pushed(server, unique("off"), f"file: {{path: '{tmp_path}/*', settle: 0s, poll: 500ms}}")
    (tmp_path / "a").write_text("1")
    until(lambda: len(runs(server, name)) == 1)
    pushed(server, name, f"file: {{path: '{tmp_path}/*', settle: 0s, poll: 500ms, enabled: false}}")
    [off] = call(server, "GET", f"/pipelines/{name}/triggers")["items"]
    assert (off["id"], off["enabled"]) == ("file", False)
    (tmp_path / "b").write_text("1")
    pushed(server, name, f"file: {{path: '{tmp_path}/*', settle: 0s, poll: 500ms}}")
    until(lambda: len(runs(server, name)) == 2)
    until(lambda: fates(server, name, "file") == ["run", "run"])


def test_rows_of_a_database_start_runs_once(own_server, unique, tmp_path):
    database = sqlite3.connect(tmp_path / "shop.db", isolation_level=None)
    database.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, total REAL)")
    name = pushed(
        own_server,
        unique("sql"),
        f"sql: {{connection: 'sqlite:{tmp_path}/shop.db', query: 'SELECT * FROM orders', every: 500ms, cursor: id}}",
    )
    until(lambda: "looked" in trigger(own_server, name, "sql"))
    database.execute("INSERT INTO orders VALUES (1, 9.5), (2, 8)")
    until(lambda: len(runs(own_server, name)) == 1)
    own_server.kill()
    database.execute("INSERT INTO orders VALUES (3, 7)")
    own_server.start()
    until(lambda: len(runs(own_server, name)) == 2)
    rows = sorted((it["rows"] for it in outputs(own_server, name)), key=len)
    assert rows == [[{"id": 3, "total": 7.0}], [{"id": 1, "total": 9.5}, {"id": 2, "total": 8.0}]]


def test_rows_of_postgresql_start_runs_from_an_instant_on(own_server, unique):
    postgres = Postgres()
    try:
        name = pushed(
            own_server,
            unique("pg"),
            f"sql: {{connection: '{postgres.url}', query: \"SELECT 7 AS n, TIMESTAMPTZ '2026-01-01' AS at\", every: 500ms, cursor: at}}",
        )
        until(lambda: len(runs(own_server, name)) == 1)
        [output] = outputs(own_server, name)
        assert output["rows"][0]["n"] == 7
        looked = trigger(own_server, name, "sql")["looked"]
        until(lambda: trigger(own_server, name, "sql")["looked"] > looked)
        assert fates(own_server, name, "sql") == ["run"] and trigger(own_server, name, "sql")["healthy"]
    finally:
        postgres.stop()
    ill = until(lambda: trigger(own_server, name, "sql").get("trouble"))
    assert ill["error"]


def test_a_task_that_tells_of_an_asset_starts_who_waits_for_it(server, unique):
    asset = unique("s3://table")
    then = pushed(server, unique("then"), f"asset: {{any: ['{asset}']}}")
    first = unique("writer")
    push(
        server,
        f"pipeline: {first}\ntasks: {{t: {{uses: asset-emit, with: {{uri: '{asset}', partition: p1, metadata: {{rows: 3}}}}}}}}\n",
    )
    run = call(server, "POST", f"/pipelines/{first}/runs", {"params": {}})["id"]
    [output] = until(lambda: outputs(server, then))
    [event] = output["events"]
    assert (event["asset"], event["partition"], event["run"]) == (asset, "p1", run)
    assert event["metadata"] == {"rows": 3}


def test_files_of_a_paused_pipeline_are_left_alone_until_it_goes_on(server, unique, tmp_path):
    name = pushed(
        server,
        unique("held"),
        f"file: {{path: '{tmp_path}/*', settle: 0s, poll: 500ms, when_paused: hold}}",
    )
    until(lambda: "looked" in trigger(server, name, "file"))
    call(server, "POST", f"/pipelines/{name}/pause", {})
    (tmp_path / "a").write_text("1")
    call(server, "POST", f"/pipelines/{name}/resume", {})
    until(lambda: fates(server, name, "file") == ["run"])
