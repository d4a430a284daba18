"""Distributed Maps whose items and results are files: in S3 and in local directories."""

import gzip
import json
import threading

import pytest

from clients import DEADLINE_SECONDS, ended, history, step_functions
from server import Server
from web_services import serving

ECHO = {
    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
    "StartAt": "Echo",
    "States": {"Echo": {"Type": "Pass", "End": True}},
}


@pytest.fixture(scope="module")
def sfn(aws, tmp_path_factory):
    directory = tmp_path_factory.mktemp("map-files")
    running = Server(directory, environment=aws.environment()).start()
    yield step_functions(running.url)
    assert running.stop() == 0, running.tail()


@pytest.fixture
def s3(aws):
    return aws.client("s3")


@pytest.fixture
def bucket(s3, unique):
    name = unique()
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture
def run(sfn, machine, start):
    """Runs a distributed Map with these fields and returns the description of the execution."""

    def begin(**fields):
        state = {"Type": "Map", "Label": "L", "ItemProcessor": ECHO, "End": True, **fields}
        return ended(sfn, start(machine({"Map": state})))

    return begin


@pytest.fixture
def output(run):
    def of(**fields):
        description = run(**fields)
        assert description["status"] == "SUCCEEDED", description
        return json.loads(description["output"])

    return of


def reader(bucket, key, **config):
    return {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": config,
        "Parameters": {"Bucket": bucket, "Key": key},
    }


def test_records_of_a_csv_file_are_items(s3, bucket, output):
    s3.put_object(Bucket=bucket, Key="a b/ü.csv", Body='id,name\n1,"x, y"\n2,\n'.encode())
    items = output(ItemReader=reader(bucket, "a b/ü.csv", InputType="CSV", CSVHeaderLocation="FIRST_ROW"))
    assert items == [{"id": "1", "name": "x, y"}, {"id": "2", "name": ""}]


def test_items_are_selected_with_where_they_come_from(s3, bucket, output):
    s3.put_object(Bucket=bucket, Key="k.jsonl.gz", Body=gzip.compress(b'{"a":1}\n{"a":2}\n'))
    items = output(
        ItemReader=reader(bucket, "k.jsonl.gz", InputType="JSONL"),
        ItemSelector={
            "at.$": "$$.Map.Item.Index",
            "a.$": "$$.Map.Item.Value.a",
            "from.$": "$$.Map.Item.Source",
        },
    )
    source = f"S3://{bucket}/k.jsonl.gz"
    assert items == [{"at": 0, "a": 1, "from": source}, {"at": 1, "a": 2, "from": source}]


def test_a_version_and_a_pointer_choose_the_items(s3, bucket, output):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    old = s3.put_object(Bucket=bucket, Key="k", Body=b'{"x":{"items":[1,2,3]}}')
    s3.put_object(Bucket=bucket, Key="k", Body=b"[]")
    config = reader(bucket, "k", InputType="JSON", ItemsPointer="/x/items", MaxItems=2)
    config["Parameters"]["VersionId"] = old["VersionId"]
    assert output(ItemReader=config) == [1, 2]


def test_objects_of_a_bucket_are_items(s3, bucket, output):
    for number in range(3):
        s3.put_object(Bucket=bucket, Key=f"in/{number}", Body=b"[%d,%d]" % (number, number))
    s3.put_object(Bucket=bucket, Key="other", Body=b"")
    listing = {
        "Resource": "arn:aws:states:::s3:listObjectsV2",
        "Parameters": {"Bucket": bucket, "Prefix": "in/"},
    }
    items = output(ItemReader=listing)
    assert [item["Key"] for item in items] == ["in/0", "in/1", "in/2"]
    assert set(items[0]) == {"Etag", "Key", "LastModified", "Size", "StorageClass"}
    assert items[0]["Etag"].startswith('"')
    assert items[0]["LastModified"] > 1_700_000_000
    listing["ReaderConfig"] = {"Transformation": "LOAD_AND_FLATTEN", "InputType": "JSON"}
    assert output(ItemReader=listing) == [0, 0, 1, 1, 2, 2]


def test_an_inventory_names_objects(s3, bucket, output):
    manifest = {
        "destinationBucket": f"arn:aws:s3:::{bucket}",
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key, Size",
        "files": [{"key": "data/1.csv.gz", "size": 1}],
    }
    s3.put_object(Bucket=bucket, Key="manifest.json", Body=json.dumps(manifest).encode())
    s3.put_object(Bucket=bucket, Key="data/1.csv.gz", Body=gzip.compress(b'"b","k","7"\n'))
    items = output(ItemReader=reader(bucket, "manifest.json", InputType="MANIFEST"))
    assert items == [{"Bucket": "b", "Key": "k", "Size": "7"}]


def test_results_are_exported(s3, bucket, output):
    s3.put_object(Bucket=bucket, Key="k", Body=b"[1,[2,3]]")
    writer = {
        "Resource": "arn:aws:states:::s3:putObject",
        "Parameters": {"Bucket": bucket, "Prefix": "out"},
    }
    result = output(ItemReader=reader(bucket, "k", InputType="JSON"), ResultWriter=writer)
    map_run = result["MapRunArn"].rsplit(":", 1)[-1]
    key = f"out/{map_run}/manifest.json"
    assert result["ResultWriterDetails"] == {"Bucket": bucket, "Key": key}

    def read(name):
        return json.load(s3.get_object(Bucket=bucket, Key=name)["Body"])

    manifest = read(key)
    assert manifest["DestinationBucket"] == bucket
    assert manifest["MapRunArn"] == result["MapRunArn"]
    files = manifest["ResultFiles"]
    assert (files["FAILED"], files["PENDING"]) == ([], [])
    (file,) = files["SUCCEEDED"]
    assert file["Key"] == f"out/{map_run}/SUCCEEDED_0.json"
    assert file["Size"] == s3.head_object(Bucket=bucket, Key=file["Key"])["ContentLength"]
    records = read(file["Key"])
    assert [record["Output"] for record in records] == ["1", "[2,3]"]
    assert records[0]["Status"] == "SUCCEEDED"

    writer["WriterConfig"] = {"Transformation": "FLATTEN", "OutputType": "JSONL"}
    result = output(ItemReader=reader(bucket, "k", InputType="JSON"), ResultWriter=writer)
    map_run = result["MapRunArn"].rsplit(":", 1)[-1]
    lines = s3.get_object(Bucket=bucket, Key=f"out/{map_run}/SUCCEEDED_0.json")["Body"].read()
    assert lines == b"1\n2\n3\n"


def test_local_directories_are_buckets(tmp_path, output):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "k.csv").write_text("a\n1\n")
    directory = f"file://{tmp_path}"
    result = output(
        ItemReader=reader(directory, "in/k.csv", InputType="CSV", CSVHeaderLocation="FIRST_ROW"),
        ItemSelector={"a.$": "$$.Map.Item.Value.a", "from.$": "$$.Map.Item.Source"},
        ResultWriter={
            "Resource": "arn:aws:states:::s3:putObject",
            "Parameters": {"Bucket": directory, "Prefix": "out"},
            "WriterConfig": {"Transformation": "COMPACT"},
        },
    )
    key = result["ResultWriterDetails"]["Key"]
    written = (tmp_path / key).with_name("SUCCEEDED_0.json")
    assert json.loads(written.read_text()) == [{"a": "1", "from": f"{directory}/in/k.csv"}]


def test_what_cannot_be_read_fails_the_state(sfn, s3, bucket, run):
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    missing = run(ItemReader=reader(bucket, "none", InputType="JSON"))
    assert (missing["status"], missing["error"]) == ("FAILED", "States.ItemReaderFailed")
    assert missing["cause"].startswith(
        "The specified key does not exist. (Service: Amazon S3; Status Code: 404; Error Code: NoSuchKey;"
    )
    failed = [event for event in history(sfn, missing["executionArn"]) if event["type"] == "MapRunFailed"]
    assert failed[0]["mapRunFailedEventDetails"]["error"] == "States.ItemReaderFailed"
    no_bucket = run(ItemReader=reader(f"{bucket}-none", "k", InputType="JSON"))
    assert "Error Code: NoSuchBucket;" in no_bucket["cause"]
    scalar = run(ItemReader=reader(bucket, "k", InputType="JSON"))
    assert scalar["cause"] == "Attempting to map over non-iterable node."


def test_results_that_cannot_be_written_fail_the_state(s3, bucket, run):
    s3.put_object(Bucket=bucket, Key="k", Body=b"[1]")
    description = run(
        ItemReader=reader(bucket, "k", InputType="JSON"),
        ResultWriter={
            "Resource": "arn:aws:states:::s3:putObject",
            "Parameters": {"Bucket": f"{bucket}-none", "Prefix": "out"},
        },
    )
    assert (description["status"], description["error"]) == ("FAILED", "States.ResultWriterFailed")
    assert "Error Code: NoSuchBucket;" in description["cause"]


def test_a_server_stops_while_s3_does_not_answer(tmp_path, machine, start):
    asked, over = threading.Event(), threading.Event()

    def answer(exchange):
        asked.set()
        over.wait(DEADLINE_SECONDS)
        return 500, {}, ""

    with serving(answer) as url:
        running = Server(tmp_path, environment={"AWS_ENDPOINT_URL_S3": url}).start()
        client = step_functions(running.url)
        state = {
            "Type": "Map",
            "ItemReader": reader("bucket", "k", InputType="JSON"),
            "ItemProcessor": ECHO,
            "End": True,
        }
        start(machine({"Map": state}, client=client), client=client)
        assert asked.wait(DEADLINE_SECONDS)
        code = running.stop()
        over.set()
        assert code == 0, running.tail()


def test_only_the_directories_that_are_set_are_used(tmp_path, machine, start):
    for name in ["open", "closed"]:
        (tmp_path / name).mkdir()
        (tmp_path / name / "k").write_text("[1]")
    config = tmp_path / "compasso.toml"
    config.write_text('[files]\ndirectories = ["open"]\n')
    running = Server(tmp_path / "data", arguments=["--config", config]).start()
    client = step_functions(running.url)

    def run(name):
        item_reader = reader(f"file://{tmp_path}/{name}", "k", InputType="JSON")
        state = {"Type": "Map", "ItemReader": item_reader, "ItemProcessor": ECHO, "End": True}
        return ended(client, start(machine({"Map": state}, client=client), client=client))

    assert run("open")["output"] == "[1]"
    assert run("closed")["error"] == "States.ItemReaderFailed"
    assert running.stop() == 0, running.tail()
