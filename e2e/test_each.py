"""Tasks with many instances: items that are read as they are needed, and what is told of instances."""

import json
import textwrap
import urllib.parse

import pytest

from clients import step_functions
from rest import Refused, call, quoted
from server import Server
from test_pipeline_runs import ended, start, until
from web_services import serving


def run_of(server, text, name="one", params=None):
    text = textwrap.dedent(text)
    pipeline = text.split("pipeline: ", 1)[1].split("\n", 1)[0].strip()
    call(server, "POST", "/pipelines", text=text)
    return start(server, pipeline, params, name=name)["id"]


def test_the_rows_of_a_csv_file_are_items(server, sfn, unique, tmp_path):
    rows = tmp_path / "rows.csv"
    rows.write_text("id,name\n" + "".join(f"{n},n{n}\n" for n in range(25)))
    run = run_of(server, f"""
        pipeline: {unique("csv")}
        params: {{file: "file://{rows}"}}
        tasks:
          all:
            each: {{csv: "${{{{ params.file }}}}"}}
            key: item.id
            max_parallel: 3
            noop: true
            outputs: {{name: "${{{{ item.name }}}}", at: "${{{{ index }}}}"}}
        outputs: {{found: "${{{{ needs.all.output }}}}", keys: "${{{{ needs.all.instances.key }}}}"}}
        """)
    found = ended(sfn, run)
    assert found["status"] == "SUCCEEDED", found
    output = json.loads(found["output"])
    assert output["found"] == [{"name": f"n{n}", "at": n} for n in range(25)]
    assert output["keys"] == [str(n) for n in range(25)]


def test_items_of_a_file_come_in_batches_and_an_empty_file_has_none(server, sfn, unique, tmp_path):
    lines = tmp_path / "lines.jsonl"
    pipeline = f"""
        pipeline: {unique("batches")}
        tasks:
          all:
            each: {{jsonl: "file://{lines}"}}
            batch: 4
            noop: true
            outputs: {{sum: "${{{{ $sum(item.n) }}}}"}}
        outputs: {{sums: "${{{{ needs.all.output.sum }}}}", count: "${{{{ $count(needs.all.output) }}}}"}}
        """
    lines.write_text("".join(f'{{"n": {n}}}\n' for n in range(10)))
    found = ended(sfn, run_of(server, pipeline, "full"))
    assert json.loads(found["output"]) == {"sums": [6, 22, 17], "count": 3}
    lines.write_text("")
    found = ended(sfn, run_of(server, pipeline, "empty"))
    assert found["status"] == "SUCCEEDED" and json.loads(found["output"])["count"] == 0


def test_the_files_of_a_directory_are_items(server, sfn, unique, tmp_path):
    for name in ("b.txt", "a.txt"):
        (tmp_path / name).write_text(name)
    run = run_of(server, f"""
        pipeline: {unique("listed")}
        tasks:
          all:
            each: {{s3: "file://{tmp_path}/"}}
            noop: true
            outputs: "${{{{ item.Key }}}}"
        outputs: {{keys: "${{{{ needs.all.output }}}}"}}
        """)
    found = ended(sfn, run)
    assert json.loads(found["output"])["keys"] == ["a.txt", "b.txt"], found


def test_a_file_that_is_not_there_fails_the_task(server, sfn, unique, tmp_path):
    run = run_of(server, f"""
        pipeline: {unique("gone")}
        tasks:
          all:
            each: {{csv: "file://{tmp_path}/none.csv"}}
            noop: true
        """)
    found = ended(sfn, run)
    assert (found["status"], found["error"]) == ("FAILED", "States.ItemReaderFailed"), found


def succeeded(server, run):
    """Returns how many instances of the first task ended well."""
    [task] = call(server, "GET", f"/runs/{run}/tasks")["items"]
    return task.get("instances", {}).get("succeeded", 0)


def test_an_address_that_names_nothing_fails_the_task_by_the_name_of_its_reader(server, sfn, unique):
    run = run_of(server, f"""
        pipeline: {unique("where")}
        params: {{file: {{type: string, default: /srv/x.csv}}}}
        tasks:
          all: {{each: {{csv: "${{{{ params.file }}}}"}}, noop: true}}
        """)
    found = ended(sfn, run)
    assert (found["status"], found["error"]) == ("FAILED", "States.ItemReaderFailed"), found
    assert "'/srv/x.csv' is no address of items: write 's3://BUCKET/KEY' or 'file:///PATH'" in found["cause"]


def test_a_push_tells_of_directories_that_the_server_may_not_read(tmp_path, unique):
    (tmp_path / "in").mkdir()
    config = tmp_path / "compasso.toml"
    config.write_text(f"[files]\ndirectories = ['{tmp_path}/in']\n")
    name = unique("allowed")
    text = f"""pipeline: {name}
tasks:
  ours: {{each: {{csv: "file://{tmp_path}/in/x.csv"}}, noop: true}}
  theirs: {{each: {{csv: "file://{tmp_path}/x.csv"}}, noop: true}}
"""
    server = Server(tmp_path / "data", arguments=["--config", config]).start()
    try:
        warnings = call(server, "POST", "/pipelines", text=text)["items"][0]["warnings"]
        assert [(it["code"], it["line"]) for it in warnings] == [("W108", 4)], warnings
        assert f"'{tmp_path}'" in warnings[0]["message"] and "[files] directories" in warnings[0]["suggestion"]
        run = call(server, "POST", f"/pipelines/{name}/runs", {})["id"]
        failed = lambda: call(server, "GET", f"/runs/{quoted(run)}/tasks")["items"]
        errors = lambda: {task["id"]: task.get("error") for task in failed()}
        until(lambda: errors() == dict.fromkeys(["ours", "theirs"], "States.ItemReaderFailed"))
    finally:
        server.stop()


def test_thousands_of_items_are_read_on_after_a_kill(own_server, tmp_path):
    count, lines, mark = 2_600, tmp_path / "lines.jsonl", tmp_path / "mark"
    lines.write_text("".join(f'{{"n": {n}}}\n' for n in range(count)))
    run = run_of(own_server, f"""
        pipeline: many
        tasks:
          all:
            each: {{jsonl: "file://{lines}"}}
            max_parallel: 50
            uses: log
            with: {{message: "${{{{ item.n }}}}"}}
        outputs: {{sum: "${{{{ $sum(needs.all.output) }}}}", count: "${{{{ $count(needs.all.output) }}}}"}}
        """)
    for seen in (200, 1_300):
        until(lambda least=seen: succeeded(own_server, run) >= least, 60)
        own_server.kill()
        own_server.start()
    found = ended(step_functions(own_server.url), run, 120)
    assert found["status"] == "SUCCEEDED", found
    assert json.loads(found["output"]) == {"sum": sum(range(count)), "count": count}


def test_a_file_that_changed_is_not_read_on_after_a_restart(own_server, tmp_path):
    lines = tmp_path / "lines.jsonl"
    text = "".join(f'{{"n": {n}}}\n' for n in range(2_600))
    lines.write_text(text)
    run = run_of(own_server, f"""
        pipeline: moved
        tasks:
          all:
            each: {{jsonl: "file://{lines}"}}
            max_parallel: 5
            uses: log
            with: {{message: "${{{{ item.n }}}}"}}
        """)
    until(lambda: succeeded(own_server, run) >= 20, 60)
    own_server.kill()
    lines.write_text('{"n": -1}\n' + text)
    own_server.start()
    found = ended(step_functions(own_server.url), run, 120)
    assert (found["status"], found["error"]) == ("FAILED", "Items.Changed"), found
    assert "under a name of its own" in found["cause"], found


class Listing:
    """A stand-in for a bucket of S3 whose objects are only listed, a thousand an answer."""

    PAGE = 1_000

    def __init__(self, count):
        self.tags = {f"in/{n:04}": "first" for n in range(count)}
        self.last_page_asked = lambda: None

    def __call__(self, exchange):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(exchange.path).query)
        begin = int(query.get("continuation-token", ["0"])[0])
        keys = sorted(self.tags)
        page, following = keys[begin : begin + self.PAGE], begin + self.PAGE
        items = "".join(
            f"<Contents><Key>{key}</Key><ETag>&quot;{self.tags[key]}&quot;</ETag><Size>1</Size>"
            "<LastModified>2026-01-31T00:00:00.000Z</LastModified>"
            "<StorageClass>STANDARD</StorageClass></Contents>"
            for key in page
        )
        more = following < len(keys)
        if not more:
            self.last_page_asked()
        token = f"<NextContinuationToken>{following}</NextContinuationToken>" if more else ""
        truncated = f"<IsTruncated>{str(more).lower()}</IsTruncated>"
        return 200, {}, f"<ListBucketResult>{truncated}{token}{items}</ListBucketResult>"


LISTED = """
    pipeline: listed
    tasks:
      all:
        each: {s3: "s3://bucket/in/"}
        max_parallel: 5
        uses: log
        with: {message: "${{ item.Key }}"}
    outputs: {count: "${{ $count(needs.all.output) }}"}
    """


@pytest.fixture
def listing(tmp_path):
    """A bucket of so many objects that several readings read them, and a server that finds it."""
    bucket = Listing(2_600)
    with serving(bucket) as url:
        keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "secret"}
        environment = {"AWS_ENDPOINT_URL": url, **keys}
        server = Server(tmp_path / "data", environment=environment).start()
        yield bucket, server
        server.kill()


def check_changed(server, run):
    found = ended(step_functions(server.url), run, 120)
    assert (found["status"], found.get("error")) == ("FAILED", "Items.Changed"), found
    assert "a prefix of their own" in found["cause"], found


def test_a_list_whose_objects_change_while_it_is_read_fails(listing):
    bucket, server = listing
    bucket.last_page_asked = lambda: bucket.tags.update({"in/0007": "second"})
    check_changed(server, run_of(server, LISTED))


def test_a_list_that_changed_is_not_read_on_after_a_restart(listing):
    bucket, server = listing
    run = run_of(server, LISTED)
    until(lambda: succeeded(server, run) >= 20, 60)
    server.kill()
    bucket.tags["in/0007a"] = "new"
    server.start()
    check_changed(server, run)


def test_a_list_that_stays_is_read_over_a_restart(listing):
    _, server = listing
    batches = LISTED.replace("max_parallel", "batch: 2\n        max_parallel")
    run = run_of(server, batches.replace("item.Key", "item[1].Key"))
    until(lambda: succeeded(server, run) >= 20, 60)
    server.kill()
    server.start()
    found = ended(step_functions(server.url), run, 120)
    assert (found["status"], json.loads(found["output"])) == ("SUCCEEDED", {"count": 1_300}), found


def instances(server, run, task, **query):
    """Returns the pages of the instances of a task."""
    pages, following = [], None
    while True:
        asked = {**query, **({"next": following} if following else {})}
        text = "&".join(f"{name}={value}" for name, value in asked.items())
        page = call(server, "GET", f"/runs/{run}/tasks/{task}/instances?{text}")
        pages.append(page["items"])
        if (following := page.get("next")) is None:
            return pages


def test_instances_are_told_page_by_page_and_by_state(server, sfn, unique):
    run = run_of(server, f"""
        pipeline: {unique("told")}
        tasks:
          all:
            each: "[1..300]"
            key: '"k" & item'
            max_parallel: 10
            tolerate: 300
            uses: log
            with: {{message: "${{{{ item % 100 = 0 ? $error('none') : item }}}}"}}
          last:
            needs: all
            noop: true
            outputs: {{all: "${{{{ $count(needs.all.output) }}}}"}}
        """)
    found = ended(sfn, run, 60)
    assert found["status"] == "SUCCEEDED", found
    pages = instances(server, run, "all", limit=128)
    assert [len(page) for page in pages] == [128, 128, 44]
    items = [item for page in pages for item in page]
    assert [item["index"] for item in items] == list(range(300))
    assert {item["key"] for item in items} == {f"k{n}" for n in range(1, 301)}
    assert [item["item"] for item in items] == list(range(1, 301))
    assert items[41]["state"] == "success" and items[41]["output"]["value"] == 42, items[41]
    assert items[41]["attempts"] == 1 and items[41]["started"] <= items[41]["ended"]
    failed = [item for page in instances(server, run, "all", state="failed") for item in page]
    assert [item["index"] for item in failed] == [99, 199, 299]
    assert all(item["error"] and "output" not in item for item in failed), failed
    assert instances(server, run, "last") == [[]]
    tasks = {task["id"]: task for task in call(server, "GET", f"/runs/{run}/tasks")["items"]}
    assert tasks["last"]["output"]["value"] == {"all": 300}
    with pytest.raises(Refused):
        instances(server, run, "all", state="odd")


def test_instances_that_failed_alike_are_told_together(server, sfn, unique):
    run = run_of(server, f"""
        pipeline: {unique("alike")}
        tasks:
          all:
            each: [4, 10, 2, 7, 12]
            tolerate: 5
            run: 'test ${{{{ item }}}} -gt 5 || {{ echo "row ${{{{ item }}}} has no key" >&2; exit 3; }}; test ${{{{ item }}}} -lt 11 || exit 4'
        """)
    assert ended(sfn, run, 60)["status"] == "SUCCEEDED"
    failures = call(server, "GET", f"/runs/{run}/tasks/all/failures")
    assert failures["isPartial"] is False
    assert [(it["count"], it["error"]) for it in failures["items"]] == [(2, "Exit.3"), (1, "Exit.4")]
    rows = failures["items"][0]
    alike = {"state": "failed", "error": rows["error"], "cause": rows["cause"]}
    found = call(server, "GET", f"/runs/{run}/tasks/all/instances", **alike)
    assert [it["index"] for it in found["items"]] == [0, 2]


def test_iterations_are_told_by_the_state_that_they_failed_in(server, machine, sfn):
    rules = [{"Variable": "$", "StringEquals": word, "Next": word} for word in ["left", "right"]]
    fails = {word: {"Type": "Fail", "Error": "Broken", "Cause": f"went {word}"} for word in ["left", "right"]}
    states = {"Way": {"Type": "Choice", "Choices": rules, "Default": "On"}, **fails, "On": {"Type": "Succeed"}}
    arn = machine({"Each": {
        "Type": "Map", "ItemProcessor": {"StartAt": "Way", "States": states}, "End": True, "MaxConcurrency": 1,
    }})
    items = ["on", "left"]
    run = sfn.start_execution(stateMachineArn=arn, input=json.dumps(items))["executionArn"]
    assert ended(sfn, run)["status"] == "FAILED"
    failures = call(server, "GET", f"/runs/{quoted(run)}/tasks/Each/failures")["items"]
    assert [(it["step"], it["error"], it["count"], it["keys"]) for it in failures] == [("left", "Broken", 1, ["1"])]
    path = f"/runs/{quoted(run)}/tasks/Each/instances"
    assert [it["index"] for it in call(server, "GET", path, step="left")["items"]] == [1]
    assert call(server, "GET", path, state="failed", step="right")["items"] == []


def test_instances_of_a_matrix_have_names_and_stand_once_in_the_list_of_a_run_that_ran_again(
    server, sfn, unique
):
    run = run_of(server, f"""
        pipeline: {unique("grid")}
        params: {{broken: "2"}}
        tasks:
          grid:
            matrix: {{a: [1, 2, 3], b: [x]}}
            fail_fast: false
            run: test $A != $BROKEN
            env: {{A: "${{{{ matrix.a }}}}", BROKEN: "${{{{ params.broken }}}}"}}
        """)
    assert ended(sfn, run)["status"] == "FAILED"
    for broken, failed in [("2", ["a=2,b=x"]), ("none", [])]:
        call(server, "POST", f"/runs/{quoted(run)}/rerun", {"params": {"broken": broken}})
        until(lambda: ended(sfn, run))
        path = f"/runs/{quoted(run)}/tasks/grid/instances"
        listed = lambda **query: [(item["key"], item["state"]) for item in call(server, "GET", path, **query)["items"]]
        states = {"a=1,b=x": "success", "a=2,b=x": "failed" if failed else "success", "a=3,b=x": "success"}
        assert sorted(listed()) == sorted(states.items())
        assert [key for key, _ in listed(state="failed")] == failed


def test_a_task_whose_instances_have_the_same_key_has_none_that_run(server, sfn, unique):
    run = run_of(server, f"""
        pipeline: {unique("twice")}
        tasks:
          dup: {{each: [1, 1], key: item, run: "true", allow_failure: true}}
        """)
    assert ended(sfn, run)["status"] == "SUCCEEDED"
    (task,) = call(server, "GET", f"/runs/{quoted(run)}/tasks")["items"]
    assert task["error"] == "DuplicateKey"
    assert task["instances"]["running"] == 0
    items = call(server, "GET", f"/runs/{quoted(run)}/tasks/dup/instances")["items"]
    assert all(item["ended"] for item in items)
