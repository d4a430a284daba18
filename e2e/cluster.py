"""Three servers on one PostgreSQL, all of the test's own."""

import base64
import json
import signal
import time
import urllib.error
import urllib.request

from clients import DEADLINE_SECONDS
from server import Server, free_port, write_config
from wires import Wire


class Cluster:
    """Nodes that share a database, the vault's key and the directory of artifacts.

    With `wires` each node reaches the database by a wire of its own, `wires[node]`, and is reached by the
    others by another one, `ways_in[node]`.
    """

    def __init__(self, place, postgres, count=3, settings="", environment=None, wires=False):
        self.address = postgres.store()
        self.nodes = []
        self.wires = {}
        self.ways_in = {}
        for number in range(count):
            address, own = self.address, dict(environment or {})
            if wires:
                port = free_port()
                wire, way_in = Wire(postgres.port), Wire(port)
                address = address.replace(f":{postgres.port}/", f":{wire.port}/")
                own["COMPASSO_ADVERTISE"] = f"127.0.0.1:{way_in.port}"
            directory = place / f"node-{number}"
            config = write_config(directory)
            artifacts = json.dumps(str(place / "artifacts"))
            config.write_text(
                f"artifacts = {artifacts}\n{settings}\n[vault]\nkey = {json.dumps(KEY)}\n{config.read_text()}"
            )
            self.nodes.append(
                Server(
                    directory / "data",
                    arguments=["--config", config],
                    environment={"COMPASSO_STORE": address, **own},
                )
            )
            if wires:
                node = self.nodes[-1]
                node.port = port
                self.wires[node], self.ways_in[node] = wire, way_in

    def start(self):
        for node in self.nodes:
            node.start()
        return self

    def kill(self):
        for wire in [*self.wires.values(), *self.ways_in.values()]:
            wire.close()
        for node in self.nodes:
            if node.process and node.process.poll() is None:
                node.process.send_signal(signal.SIGCONT)
                node.kill()

    def owner(self):
        """The node that works: it says so itself."""
        limit = time.monotonic() + DEADLINE_SECONDS
        while time.monotonic() < limit:
            owners = [node for node in self.nodes if role(node) == "owner"]
            if len(owners) == 1:
                return owners[0]
            time.sleep(0.02)
        raise AssertionError("no owner\n" + "\n".join(node.tail() for node in self.nodes))

    def others(self, node):
        return [other for other in self.nodes if other is not node]


KEY = base64.b64encode(b"k" * 32).decode()


def role(node):
    """What a node says of itself; None if it does not answer."""
    try:
        with urllib.request.urlopen(f"{node.url}/readyz", timeout=2) as answer:
            return answer.read().decode().split()[0]
    except (urllib.error.URLError, OSError):
        return None
