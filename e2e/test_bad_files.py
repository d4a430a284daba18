"""Distributed Maps over files that are broken, and over an S3 that breaks while it is read."""

import gzip
import json
import threading

import pytest

from bad_services import http, is_silent, resets, sends
from clients import DEADLINE_SECONDS, ended, eventually, step_functions
from server import Server

ITEM_BYTES_MAX = 8 * 1024 * 1024
ECHO = {
    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
    "StartAt": "Echo",
    "States": {"Echo": {"Type": "Pass", "End": True}},
}
CSV = {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}
JSON = {"InputType": "JSON"}


def serve(directory, url):
    running = Server(directory, environment={"AWS_ENDPOINT_URL": url}).start()
    yield step_functions(running.url)
    assert running.stop() == 0, running.tail()


@pytest.fixture(scope="module")
def sfn(aws, tmp_path_factory):
    """A server whose S3 behaves."""
    yield from serve(tmp_path_factory.mktemp("bad-files"), aws.url)


@pytest.fixture(scope="module")
def neighbour(bad, tmp_path_factory):
    """A server whose S3 does not behave."""
    yield from serve(tmp_path_factory.mktemp("bad-s3"), bad.url)


def mapping(bucket, config, *, key="k", **fields):
    """A Map over the items of an object."""
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": config,
        "Parameters": {"Bucket": bucket, "Key": key},
    }
    end = {} if "Catch" in fields else {"End": True}
    return {"Type": "Map", "ItemReader": reader, "ItemProcessor": ECHO, **end, **fields}


@pytest.fixture
def run(machine, start):
    """Runs a state, and those after it, and returns the description of the execution."""

    def begin(client, state, **more):
        states = {"Map": state, **more}
        return ended(client, start(machine(states, client=client), client=client))

    return begin


@pytest.fixture
def caught(run):
    """Maps over a file and returns the cause that a Catch of this error saw."""

    def of(client, bucket, config, *, error="States.ItemReaderFailed", **fields):
        catch = [{"ErrorEquals": [error], "Next": "Caught"}]
        state = mapping(bucket, config, Catch=catch, Next="Done", **fields)
        description = run(client, state, Caught={"Type": "Pass", "End": True}, Done={"Type": "Fail"})
        assert description["status"] == "SUCCEEDED", description
        output = json.loads(description["output"])
        assert output["Error"] == error
        (map_run,) = client.list_map_runs(executionArn=description["executionArn"])["mapRuns"]
        run_of_map = client.describe_map_run(mapRunArn=map_run["mapRunArn"])
        assert run_of_map["status"] == "FAILED"
        return output["Cause"]

    return of


@pytest.fixture
def output(run):
    def of(client, bucket, config, **fields):
        description = run(client, mapping(bucket, config, **fields))
        assert description["status"] == "SUCCEEDED", description
        return json.loads(description["output"])

    return of


@pytest.fixture
def put(aws, unique):
    """Puts an object into a bucket of its own and returns the bucket's name."""
    s3 = aws.client("s3")

    def put(body):
        bucket = unique()
        s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key="k", Body=body)
        return bucket

    return put


@pytest.mark.parametrize(
    ("body", "config", "cause"),
    [
        (gzip.compress(b"a,b\n1,2\n")[:-9], CSV, "The file cannot be read: "),
        (gzip.compress(b"[1,2]")[:-4] + b"lie!", JSON, "The file cannot be read: "),
        (b'"text"', JSON, "Attempting to map over non-iterable node."),
        (b"", JSON, "Attempting to map over non-iterable node."),
        (b"[1,2", JSON, "The JSON file is malformed at byte 4."),
        (b'["\xff"]', JSON, "The JSON file is malformed at byte "),
        (b"[1]\0", JSON, "The JSON file is malformed at byte 3."),
        (b'{"a":1}\n{"a":\n', {"InputType": "JSONL"}, "Line 2 of the JSONL file is not JSON: "),
        (b'a,b\n1,2\n3,"4\n5,6\n', CSV, "Record 3 of the CSV file has a quote that does not end."),
        (b"a,a\n1,2\n", CSV, "CSV headers cannot contain duplicates."),
        (b"a\n" + b"x" * (ITEM_BYTES_MAX + 1), CSV, "An item is larger than 8388608 bytes."),
        (b"PAR1" + b"x" * 60 + (20).to_bytes(4, "little") + b"PAR1",
         {"InputType": "PARQUET"}, "The Parquet file cannot be read: "),
        (b"PAR1", {"InputType": "PARQUET"}, "The Parquet file cannot be read: it is too short"),
        (b"{}", {"InputType": "MANIFEST"}, "The manifest cannot be read: "),
    ],
    ids=["gzip-cut", "gzip-checksum", "json-text", "json-nothing", "json-cut", "json-no-utf-8",
         "json-nul", "jsonl-cut", "csv-quote", "csv-header", "csv-huge-row", "parquet-footer",
         "parquet-cut", "manifest-empty"],
)
def test_a_broken_file_is_caught_as_an_error_of_the_reader(sfn, put, caught, body, config, cause):
    assert caught(sfn, put(body), config).startswith(cause)


def test_odd_rows_of_a_csv_file_are_items(sfn, put, output):
    bucket = put(b'a,b\n1\n2,3,4\n\xff,\0\n')
    assert output(sfn, bucket, CSV) == [
        {"a": "1", "b": ""},
        {"a": "2", "b": "3"},
        {"a": "\ufffd", "b": "\0"},
    ]


def test_a_file_that_is_broken_late_fails_when_children_have_run(sfn, put, caught):
    lines = b'{"a":1}\n' * 3000
    cause = caught(sfn, put(lines + b"{"), {"InputType": "JSONL"})
    assert cause.startswith("Line 3001 of the JSONL file is not JSON: ")


def test_the_broken_one_of_many_files_is_named(aws, sfn, put, caught):
    bucket = put(b"[1]")
    aws.client("s3").put_object(Bucket=bucket, Key="l", Body=b"[2")
    listing = {
        "Resource": "arn:aws:states:::s3:listObjectsV2",
        "ReaderConfig": {"Transformation": "LOAD_AND_FLATTEN", **JSON},
        "Parameters": {"Bucket": bucket},
    }
    cause = caught(sfn, bucket, JSON, ItemReader=listing)
    assert cause == f"The JSON file is malformed at byte 2. (File: S3://{bucket}/l)"


def test_a_file_that_is_missing_is_caught_in_the_words_of_s3(sfn, put, caught):
    bucket = put(b"[1]")
    assert caught(sfn, bucket, JSON, key="none").startswith(
        "The specified key does not exist. (Service: Amazon S3; Status Code: 404; Error Code: NoSuchKey;"
    )


ITEMS = list(range(2000))
ARRAY = json.dumps(ITEMS).encode()


def content(asked):
    """Serves a JSON array from where the request says."""
    start = int(asked.headers.get("range", "bytes=0-")[len("bytes="):].split("-")[0])
    rest = ARRAY[start:]
    fields = {"etag": '"t"'}
    if start:
        fields["content-range"] = f"bytes {start}-{len(ARRAY) - 1}/{len(ARRAY)}"
    return 206 if start else 200, rest, fields


def whole(connection, asked):
    connection.sendall(http(*content(asked)))


def half(connection, asked):
    """Closes the connection in the middle of what is left."""
    status, rest, fields = content(asked)
    connection.sendall(http(status, rest[: len(rest) // 2], fields, length=len(rest)))


def no_more(connection, asked):
    """Gives the first half and never more."""
    status, rest, fields = content(asked)
    first = rest[: len(rest) // 2] if status == 200 else b""
    connection.sendall(http(status, first, fields, length=len(rest)))


def test_reading_goes_on_where_a_connection_broke(neighbour, bad, output, unique):
    bucket = unique()
    bad.behave(bucket, half, half, whole)
    assert output(neighbour, bucket, JSON) == ITEMS
    assert len(bad.asked[bucket]) == 3


@pytest.mark.parametrize(
    ("manner", "cause"),
    [
        (sends(http(200, b"[1,2]", length=3)), "The JSON file is malformed at byte 3."),
        (sends(http(200, b"[1,2]", length=90)), "cannot be read from its middle."),
        (sends(http(200, b"[1", length=-1)), "Unable to execute HTTP request: "),
        (sends(b""), "Unable to execute HTTP request: "),
        (sends(b"SSH-2.0-OpenSSH_9.6\r\n"), "Unable to execute HTTP request: "),
        (resets, "Unable to execute HTTP request: "),
        (no_more, "Unable to execute HTTP request: "),
        (sends(http(503, "<Error><Code>SlowDown</Code></Error>")), "Error Code: SlowDown;"),
        (sends(http(500, "<html>")), "(Service: Amazon S3; Status Code: 500; Error Code: 500;"),
    ],
    ids=["length-too-short", "length-too-long", "length-no-number", "nothing", "garbage", "reset",
         "no-more", "busy", "no-xml"],
)
def test_an_s3_that_breaks_is_caught_as_an_error_of_the_reader(
    neighbour, bad, caught, unique, manner, cause
):
    bucket = unique()
    bad.behave(bucket, manner)
    assert cause in caught(neighbour, bucket, JSON)


EXPIRED = "<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>"
is_expired = sends(http(400, EXPIRED))


def test_keys_that_expired_are_caught_in_the_words_of_s3(neighbour, bad, caught, unique):
    bucket = unique()
    bad.behave(bucket, is_expired)
    assert caught(neighbour, bucket, JSON).startswith(
        "The provided token has expired. "
        "(Service: Amazon S3; Status Code: 400; Error Code: ExpiredToken;"
    )
    assert len(bad.asked[bucket]) == 1


def test_a_map_is_retried_until_its_file_can_be_read(neighbour, bad, output, unique):
    bucket = unique()
    bad.behave(bucket, is_expired, whole)
    retry = [{"ErrorEquals": ["States.ItemReaderFailed"], "IntervalSeconds": 1, "MaxAttempts": 1}]
    assert output(neighbour, bucket, JSON, Retry=retry) == ITEMS


def test_a_slow_s3_is_waited_for(neighbour, bad, output, unique):
    bucket = unique()
    bad.behave(bucket, bad.dawdles(http(200, b"[1,2]")))
    assert output(neighbour, bucket, JSON) == [1, 2]


def test_a_results_bucket_that_breaks_is_caught_as_an_error_of_the_writer(
    neighbour, bad, caught, unique
):
    bucket, results = unique(), unique()
    bad.behave(bucket, whole)
    bad.behave(results, resets)
    writer = {
        "Resource": "arn:aws:states:::s3:putObject",
        "Parameters": {"Bucket": results, "Prefix": "out"},
    }
    cause = caught(neighbour, bucket, JSON, error="States.ResultWriterFailed", ResultWriter=writer)
    assert cause.startswith("Unable to execute HTTP request: ")


def test_an_s3_that_never_answers_is_left_when_the_execution_times_out(
    neighbour, bad, machine, start, unique
):
    bucket, left = unique(), threading.Event()
    bad.behave(bucket, is_silent(left))
    timed = machine({"Map": mapping(bucket, JSON)}, client=neighbour, TimeoutSeconds=1)
    assert ended(neighbour, start(timed, client=neighbour))["status"] == "TIMED_OUT"
    assert left.wait(DEADLINE_SECONDS)


def test_an_s3_that_never_answers_is_left_when_the_execution_is_stopped(
    neighbour, bad, machine, start, unique
):
    bucket, left = unique(), threading.Event()
    bad.behave(bucket, is_silent(left))
    execution = start(machine({"Map": mapping(bucket, JSON)}, client=neighbour), client=neighbour)
    eventually(lambda: bad.asked[bucket])
    neighbour.stop_execution(executionArn=execution)
    assert ended(neighbour, execution)["status"] == "ABORTED"
    assert left.wait(DEADLINE_SECONDS)
