"""One server for the tests of the API; tests that stop or kill a server start their own."""

import json
import os
import subprocess
import uuid

import pytest
from botocore.exceptions import ClientError

from aws_services import Services
from bad_services import BadService
from clients import ROLE, step_functions
from cluster import Cluster
from one_state import read
from postgres import Postgres
from server import BINARY, Server, write_config

@pytest.fixture(scope="session")
def server(tmp_path_factory):
    data = tmp_path_factory.mktemp("server")
    running = Server(data, arguments=["--config", write_config(data / "configuration")]).start()
    yield running
    assert running.process.poll() is None, f"the server ended by itself\n{running.tail()}"
    assert running.stop() == 0, running.tail()


@pytest.fixture
def own_server(tmp_path):
    """A server for one test, which may stop and kill it."""
    running = Server(tmp_path / "data", arguments=["--config", write_config(tmp_path)]).start()
    yield running
    if running.process.poll() is None:
        running.kill()


@pytest.fixture
def own(tmp_path):
    """A server for one test that does all that AWS does not."""
    config = write_config(tmp_path)
    switches = "".join(f"{name} = true\n" for name in ["copies", "schedules", "search", "signals"])
    config.write_text(f"[beyond-aws]\n{switches}{config.read_text()}")
    running = Server(tmp_path / "data", arguments=["--config", config]).start()
    yield running
    if running.process.poll() is None:
        running.kill()


@pytest.fixture(scope="module")
def postgres():
    """A PostgreSQL for the tests of one file, which may kill it."""
    running = Postgres()
    yield running
    running.stop()


@pytest.fixture
def cluster(tmp_path, postgres):
    """Three servers for one test, which may stop and kill them."""
    nodes = Cluster(tmp_path, postgres).start()
    yield nodes
    nodes.kill()


@pytest.fixture(scope="module")
def aws():
    """The AWS services that tasks call, for the tests of one file."""
    services = Services()
    yield services
    services.stop()


@pytest.fixture(scope="module")
def bad():
    """A service that does not behave, for the tests of one file."""
    service = BadService()
    yield service
    service.stop()


@pytest.fixture(scope="session")
def sfn(server):
    return step_functions(server.url)


@pytest.fixture
def unique():
    """Makes a name nobody else has."""
    return lambda prefix="test": f"{prefix}-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def machine(sfn, unique):
    """Creates a state machine from its states, started at the first of them."""

    def create(states, *, client=None, name=None, kind="STANDARD", **fields):
        definition = {"StartAt": next(iter(states)), "States": states, **fields}
        answer = (client or sfn).create_state_machine(
            name=name or unique(), definition=json.dumps(definition), roleArn=ROLE, type=kind
        )
        return answer["stateMachineArn"]

    return create


@pytest.fixture
def start(sfn):
    """Starts an execution with a JSON value as input and returns its ARN."""

    def begin(state_machine, value=None, *, client=None, **fields):
        answer = (client or sfn).start_execution(
            stateMachineArn=state_machine, input=json.dumps({} if value is None else value), **fields
        )
        return answer["executionArn"]

    return begin


@pytest.fixture
def tested(sfn):
    """Tests a state and returns the answer without its metadata, JSON texts read."""

    def test(state, value=None, **fields):
        answer = sfn.test_state(
            definition=json.dumps(state),
            input=json.dumps({} if value is None else value),
            **{name: json.dumps(field) if name in {"variables", "context"} else field
               for name, field in fields.items()},
        )
        del answer["ResponseMetadata"]
        return read(answer)

    return test


@pytest.fixture
def refused(sfn):
    """Tests a state that is refused, and returns the error's name and message."""

    def test(state, **fields):
        definition = state if isinstance(state, str) else json.dumps(state)
        with pytest.raises(ClientError) as refusal:
            sfn.test_state(definition=definition, **fields)
        error = refusal.value.response["Error"]
        return error["Code"], error["Message"]

    return test


@pytest.fixture
def compasso(server, tmp_path):
    """Runs a command against the server and returns exit code, output and errors."""

    def run(*arguments, **environment):
        done = subprocess.run(
            [BINARY, *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, "COMPASSO_ENDPOINT": server.url, **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    return run


@pytest.fixture
def file(tmp_path, unique):
    """Writes a definition to a file with a name of its own."""

    def write(definition, suffix=".asl.json"):
        path = tmp_path / f"{unique()}{suffix}"
        text = definition if isinstance(definition, str) else json.dumps(definition, indent=2)
        path.write_text(text)
        return path

    return write
