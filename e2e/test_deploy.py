"""The files of `deploy/`, held against the program: what they set, start, ask for and show."""

import configparser
import json
import re
import shutil
import subprocess
import tomllib
import urllib.error
import urllib.request

import pytest
import yaml

from clients import ROLE, ended, eventually, step_functions
from cluster import Cluster, role
from postgres import Postgres
from server import BINARY, REPOSITORY, Server, write_config

DEPLOY = REPOSITORY / "deploy"
SECRETS = {
    "COMPASSO_SECRET_KEY": "secret",
    "COMPASSO_SCRAPE_TOKEN": "scraper",
    "COMPASSO_WORKER_TOKEN": "worker",
    "COMPASSO_VAULT_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
}


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    """A server with the settings of `deploy/`, but an address of the tests."""
    data = tmp_path_factory.mktemp("deployed")
    arguments = ["--config", DEPLOY / "compasso.toml"]
    server = Server(data, arguments=arguments, environment=SECRETS).start()
    yield server
    assert server.stop() == 0, server.tail()


def get(server, path, token=None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(server.url + path, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def check_command(words):
    """The program knows the command and its options; nothing is started."""
    asked = subprocess.run(
        [BINARY, *words, "--no-such-option"], capture_output=True, text=True, timeout=30, check=False
    )
    # Options are read in order, so the first that is unknown is the one that is none.
    assert asked.returncode == 2 and "'--no-such-option'" in asked.stderr, asked.stderr


def documents(path):
    return [document for document in yaml.safe_load_all(path.read_text()) if document]


def test_the_settings_ask_everybody_who_comes(deployed):
    assert get(deployed, "/healthz") == (200, "ok\n")
    assert get(deployed, "/readyz") == (200, "ok\n")
    assert get(deployed, "/metrics")[0] == 401
    assert get(deployed, "/metrics", "scraper")[0] == 200
    settings = tomllib.loads((DEPLOY / "compasso.toml").read_text())
    named = set(re.findall(r'env = "(\w+)"', (DEPLOY / "compasso.toml").read_text()))
    assert named == set(SECRETS)
    assert settings["listen"].startswith("0.0.0.0:")


def test_the_unit_starts_what_there_is():
    path = DEPLOY / "systemd/compasso.service"
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read(path)
    program, *words = unit["Service"]["ExecStart"].split()
    assert program == "/usr/local/bin/compasso"
    check_command(words)
    assert words[words.index("--data") + 1] == f"/var/lib/{unit['Service']['StateDirectory']}"
    assert "COMPASSO_SECRET_KEY" in path.read_text()
    # A database may be away for longer than five starts take.
    assert unit["Service"]["Restart"] == "on-failure"
    assert unit["Unit"]["StartLimitIntervalSec"] == "0"


def test_systemd_takes_the_unit(tmp_path):
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        # The test above reads the unit as well; this machine has nobody who knows more about it.
        return
    text = (DEPLOY / "systemd/compasso.service").read_text()
    unit = tmp_path / "compasso.service"
    unit.write_text(text.replace("/usr/local/bin/compasso", str(BINARY)))
    verified = subprocess.run(
        [analyze, "verify", "--man=no", unit], capture_output=True, text=True, timeout=60, check=False
    )
    told = [line for line in verified.stderr.splitlines() if "compasso.service" in line]
    assert told == []


def test_the_image_is_made_of_files_that_are_there():
    lines = (DEPLOY / "docker/Dockerfile").read_text().splitlines()
    for line in lines:
        words = line.split()
        if words[:1] == ["COPY"] and not words[1].startswith("--from"):
            assert all((REPOSITORY / name).exists() for name in words[1:-1]), line
    command = next(line for line in lines if line.startswith("CMD "))
    check_command(json.loads(command.removeprefix("CMD ")))
    rust = re.search(r"FROM rust:([\d.]+)-", "\n".join(lines))[1]
    oldest = tomllib.loads((REPOSITORY / "Cargo.toml").read_text())
    oldest = oldest["workspace"]["package"]["rust-version"]
    assert tuple(map(int, rust.split("."))) >= tuple(map(int, oldest.split(".")))


def test_the_composition_fits_together():
    [composition] = documents(DEPLOY / "docker/compose.yaml")
    services = composition["services"]
    for name, service in services.items():
        assert set(service.get("depends_on", [])) <= set(services), name
        for volume in service.get("volumes", []):
            assert volume.split(":")[0] in composition["volumes"], name
        if "command" in service:
            check_command(service["command"])
    assert set(SECRETS) <= set(services["compasso"]["environment"])
    build = services["compasso"]["build"]
    context = (DEPLOY / "docker" / build["context"]).resolve()
    assert (context / build["dockerfile"]).is_file() and context == REPOSITORY
    inside = re.search(r"http://(\w+):(\d+)", " ".join(services["worker"]["command"]))
    assert inside[1] in services and f":{inside[2]}" in services["compasso"]["ports"][0]


def test_the_nodes_of_the_composition_share_what_they_must_and_stand_behind_one_address():
    [composition] = documents(DEPLOY / "docker/cluster.yaml")
    services = composition["services"]
    nodes = {name: it for name, it in services.items() if name.startswith("node-")}
    assert len(nodes) == 3
    places = [volume.split(":") for node in nodes.values() for volume in node["volumes"]]
    assert {volume for volume, _ in places} <= set(composition["volumes"])
    shared = [volume for volume, path in places if path == "/var/lib/compasso/artifacts"]
    assert len(shared) == 3 and len(set(shared)) == 1
    own = [volume for volume, path in places if path == "/var/lib/compasso"]
    assert len(own) == len(set(own)) == 3
    settings = [dict(node["environment"]) for node in nodes.values()]
    assert [it.pop("COMPASSO_ADVERTISE") for it in settings] == [f"{name}:8400" for name in nodes]
    assert settings[0] == settings[1] == settings[2] and set(SECRETS) <= set(settings[0])
    for service in services.values():
        assert set(service.get("depends_on", [])) <= set(services)
    check_command(services["worker"]["command"])
    assert ",".join(f"http://{name}:8400" for name in nodes) in services["worker"]["command"]
    balanced = (DEPLOY / "docker/haproxy.cfg").read_text()
    assert re.findall(r"^    server (\S+) (\S+):8400$", balanced, re.M) == [(it, it) for it in nodes]
    port = re.search(r"bind :(\d+)", balanced)[1]
    assert services["address"]["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert "GET /readyz" in balanced


def test_a_node_of_the_composition_is_healthy_while_it_is_ready(deployed):
    [composition] = documents(DEPLOY / "docker/cluster.yaml")
    kind, *command = composition["services"]["node-1"]["healthcheck"]["test"]
    port = deployed.url.rsplit(":", 1)[1]
    assert kind == "CMD"

    def healthy(command):
        return subprocess.run(command, capture_output=True, timeout=30, check=False).returncode == 0

    assert healthy([word.replace("/8400", f"/{port}") for word in command])
    # It answers there, but not that it is ready.
    asked = [word.replace("/8400", f"/{port}").replace("/readyz", "/metrics") for word in command]
    assert not healthy(asked)


@pytest.fixture(scope="module")
def manifests():
    """What Kubernetes is given, by kind and name."""
    directory = DEPLOY / "kubernetes"
    [whole] = documents(directory / "kustomization.yaml")
    found = {}
    for name in whole["resources"]:
        for document in documents(directory / name):
            assert document["apiVersion"] and document["kind"]
            found[document["kind"], document["metadata"]["name"]] = document
    files = {path.name for path in directory.glob("*.yaml")} - {"kustomization.yaml"}
    assert files == set(whole["resources"])
    return found


def test_the_manifests_fit_together_and_ask_for_what_is_answered(manifests, deployed):
    server = manifests["StatefulSet", "compasso"]
    service = manifests["Service", "compasso"]["spec"]
    nodes = manifests["Service", server["spec"]["serviceName"]]["spec"]
    assert nodes["clusterIP"] == "None"
    assert nodes["selector"].items() <= service["selector"].items()
    told = (DEPLOY / "kubernetes/kustomization.yaml").read_text()
    for kind, name in [("StatefulSet", "compasso"), ("Deployment", "compasso-worker")]:
        spec = manifests[kind, name]["spec"]
        pod = spec["template"]
        assert spec["selector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
        [container] = pod["spec"]["containers"]
        check_command(container["args"])
        volumes = {volume["name"] for volume in pod["spec"]["volumes"]}
        volumes |= {claim["metadata"]["name"] for claim in spec.get("volumeClaimTemplates", [])}
        assert {mount["name"] for mount in container["volumeMounts"]} == volumes
        for variable in container["env"]:
            key = variable.get("valueFrom", {}).get("secretKeyRef")
            if key is None:
                continue
            assert f"--from-literal={key['key']}=" in told and key["name"] == "compasso"
    labels = server["spec"]["template"]["metadata"]["labels"]
    assert service["selector"].items() <= labels.items()
    [container] = server["spec"]["template"]["spec"]["containers"]
    assert {port["name"] for port in container["ports"]} == {service["ports"][0]["targetPort"]}
    # It serves until all machines know that it ends, and has time left to hand over.
    [_, seconds] = container["lifecycle"]["preStop"]["exec"]["command"]
    assert 0 < int(seconds) < server["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] - 10
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"]:
        assert get(deployed, container[probe]["httpGet"]["path"]) == (200, "ok\n")
    settings = manifests["ConfigMap", "compasso"]["data"]["compasso.toml"]
    shared = tomllib.loads(settings)
    mounts = {mount["mountPath"] for mount in container["volumeMounts"]}
    assert shared.pop("artifacts") in mounts
    assert shared == tomllib.loads((DEPLOY / "compasso.toml").read_text())
    advertised = next(it["value"] for it in container["env"] if it["name"] == "COMPASSO_ADVERTISE")
    assert advertised.endswith(f".{server['spec']['serviceName']}:{service['ports'][0]['port']}")
    worker = " ".join(manifests["Deployment", "compasso-worker"]["spec"]["template"]["spec"][
        "containers"][0]["args"])
    assert f"http://compasso:{service['ports'][0]['port']}" in worker


def test_kubernetes_takes_the_manifests_together(manifests):
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        # The test above reads them as well; this machine has nobody who puts them together.
        return
    built = subprocess.run(
        [kubectl, "kustomize", DEPLOY / "kubernetes"],
        capture_output=True, text=True, timeout=60, check=False,
    )
    assert built.returncode == 0, built.stderr
    made = [document for document in yaml.safe_load_all(built.stdout) if document]
    assert {(it["kind"], it["metadata"]["name"]) for it in made} == set(manifests)


def test_the_example_with_postgresql_adds_a_database_that_its_secret_names(manifests):
    directory = DEPLOY / "kubernetes-with-postgres"
    told = (directory / "kustomization.yaml").read_text()
    whole = yaml.safe_load(told)
    assert whole["resources"] == ["../kubernetes", "postgres.yaml"]
    service, server = documents(directory / "postgres.yaml")
    pod = server["spec"]["template"]
    assert service["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
    [container] = pod["spec"]["containers"]
    [port] = service["spec"]["ports"]
    assert port["targetPort"] == container["ports"][0]["name"]
    variables = {it["name"]: it for it in container["env"]}
    [key] = [it["valueFrom"]["secretKeyRef"] for it in container["env"] if "valueFrom" in it]
    assert key == {"name": "compasso", "key": "postgres-password"}
    assert f"--from-literal={key['key']}=" in told
    user, database = (variables[name]["value"] for name in ["POSTGRES_USER", "POSTGRES_DB"])
    name = service["metadata"]["name"]
    assert f"postgres://{user}:PASSWORD@{name}/{database}?sslmode=disable" in told
    kubectl = shutil.which("kubectl")
    if kubectl is not None:
        built = subprocess.run(
            [kubectl, "kustomize", directory], capture_output=True, text=True, timeout=60, check=False
        )
        assert built.returncode == 0, built.stderr
        made = {(it["kind"], it["metadata"]["name"]) for it in yaml.safe_load_all(built.stdout)}
        assert made == {*manifests, ("Service", name), ("StatefulSet", name)}


# An execution for each end, one for each kind of task, and one with a task that succeeds and one that fails.
STATES = {
    "succeeded": {"Type": "Succeed"},
    "failed": {"Type": "Fail", "Error": "Broken"},
    "timed_out": {"Type": "Wait", "Seconds": 60, "End": True},
    "aborted": {"Type": "Wait", "Seconds": 60, "End": True},
    "tasks": {
        "Type": "Task",
        "Resource": "arn:aws:states:::compasso:process",
        "Parameters": {"Command": ["true"]},
        "Next": "more",
    },
    "function": {
        "Type": "Task",
        "Resource": "arn:aws:lambda:us-east-1:000000000000:function:echo",
        "End": True,
    },
    "activity": {
        "Type": "Task",
        "Resource": "arn:aws:states:us-east-1:000000000000:activity:idle",
        "End": True,
    },
}
FALSE = {"Command": ["false"]}


@pytest.fixture(scope="module")
def metrics(tmp_path_factory):
    """The names of all metrics of a server on which everything happened that is counted."""
    data = tmp_path_factory.mktemp("counted")
    config = write_config(data)
    config.write_text(f"{config.read_text()}[status-events]\nfile = 'events.jsonl'\n")
    server = Server(data).start()
    sfn = step_functions(server.url)
    sfn.create_activity(name="idle")
    for name, state in STATES.items():
        states = {name: state}
        if name == "tasks":
            states["more"] = {**state, "Parameters": FALSE, "End": True}
            del states["more"]["Next"]
        definition = {"StartAt": name, "States": states}
        if name == "timed_out":
            definition["TimeoutSeconds"] = 1
        machine = sfn.create_state_machine(
            name=name, definition=json.dumps(definition), roleArn=ROLE
        )["stateMachineArn"]
        execution = sfn.start_execution(stateMachineArn=machine)["executionArn"]
        if name in ("aborted", "activity"):
            sfn.stop_execution(executionArn=execution)
        ended(sfn, execution)
    text = eventually(lambda: get(server, "/metrics")[1])
    assert server.stop() == 0
    return families(text)


def families(text):
    return {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE ")}


@pytest.fixture(scope="module")
def nodes(tmp_path_factory):
    """The names of the metrics of an owner and of a node that stands by."""
    postgres = Postgres()
    cluster = Cluster(tmp_path_factory.mktemp("nodes"), postgres, count=2).start()
    owner = cluster.owner()
    [standby] = cluster.others(owner)
    assert role(standby) == "standby"
    told = [families(get(node, "/metrics")[1]) for node in [owner, standby]]
    cluster.kill()
    postgres.stop()
    return told


def names(expression):
    """The metrics that an expression of Prometheus asks for."""
    found = re.findall(r"\b((?:compasso|aws_states)_\w+)", expression)
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in found}


def expressions():
    dashboard = json.loads((DEPLOY / "monitoring/grafana.json").read_text())
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield f"dashboard, {panel['title']}", target["expr"]
    [alerts] = documents(DEPLOY / "monitoring/compasso-alerts.yaml")
    for rule in alerts["groups"][0]["rules"]:
        yield f"alarm {rule['alert']}", rule["expr"]


def test_dashboard_and_alarms_ask_for_metrics_that_there_are(metrics, nodes):
    there = metrics.union(*nodes)
    unknown = {
        (place, name) for place, text in expressions() for name in names(text) if name not in there
    }
    assert unknown == set()


def test_each_node_is_watched_by_its_own_figures(manifests, nodes):
    owner, standby = nodes
    # Whoever asked one node of several would not see what the others say of themselves.
    assert {"compasso_node_owner", "compasso_node_lease_age_seconds"} <= owner & standby
    alarms = {place: names(text) for place, text in expressions() if place.startswith("alarm")}
    asked = set().union(*alarms.values())
    assert {"compasso_node_owner", "compasso_node_lease_age_seconds"} <= asked
    assert {"compasso_cluster_nodes", "compasso_cluster_epoch", "compasso_node_aside"} <= asked
    assert {"compasso_damaged_executions", "compasso_quarantined_executions"} <= asked
    path = DEPLOY / "monitoring/prometheus.yaml"
    [scrape] = documents(path)
    [job] = scrape["scrape_configs"]
    assert job["metrics_path"] == "/metrics"
    assert len(job["static_configs"][0]["targets"]) == 3
    # Pods are found by what the manifests call them.
    commented = path.read_text().split("    # kubernetes_sd_configs:")[1].split("\n\n")[0]
    told = yaml.safe_load("kubernetes_sd_configs:" + commented.replace("\n    # ", "\n"))
    pod = manifests["StatefulSet", "compasso"]["spec"]["template"]
    wanted = {it["source_labels"][0].rpartition("_")[2]: it.get("regex") for it in told["relabel_configs"]}
    assert wanted["app"] == pod["metadata"]["labels"]["app"]
    assert told["relabel_configs"][1]["regex"] == pod["spec"]["containers"][0]["ports"][0]["name"]
    assert told["kubernetes_sd_configs"][0]["namespaces"]["names"] == ["compasso"]
    assert (DEPLOY / "monitoring" / scrape["rule_files"][0]).is_file()


def test_every_metric_of_the_server_itself_is_documented_and_no_other(metrics, nodes):
    there = {name for name in metrics.union(*nodes) if name.startswith("compasso_")}
    written = names((REPOSITORY / "docs/telemetry.md").read_text())
    assert {name for name in written if name.startswith("compasso_")} == there
