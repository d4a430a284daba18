"""One client with many connections does not keep the starts of another one out."""

import asyncio
import json
import threading

from bearer import created
from clients import DEADLINE_SECONDS, ROLE

CONNECTIONS = 512
STARTS = 25
# Few, so that hundreds of connections always want more.
SETTINGS = "\n[admission]\nstarts_max = 2\n"
PASS = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}


class Connection:
    """A connection on which one request after the other is made, each as it is: nothing is tried again."""

    def __init__(self, server, token):
        self.server, self.token = server, token

    async def __aenter__(self):
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        return self

    async def __aexit__(self, *_):
        self.writer.close()

    async def call(self, action, **request):
        """Makes a request; returns the status of the answer, and the answer."""
        body = json.dumps(request).encode()
        head = (
            f"POST / HTTP/1.1\r\nhost: 127.0.0.1:{self.server.port}\r\ncontent-length: {len(body)}\r\n"
            f"content-type: application/x-amz-json-1.0\r\nauthorization: Bearer {self.token}\r\n"
            f"x-amz-target: AWSStepFunctions.{action}\r\n\r\n"
        )
        self.writer.write(head.encode() + body)
        status, *headers = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
        lengths = [line.split(":")[1] for line in headers if line.startswith("content-length:")]
        answer = json.loads(await self.reader.readexactly(int(lengths[0])))
        return int(status.split()[1]), answer


class Flood:
    """A client that starts as much as it can, until it is told to stop."""

    def __init__(self, server, token, machine):
        self.server, self.token, self.machine = server, token, machine
        self.is_over = False
        self.started = self.refused = 0
        self.others = []
        # Set once it wants more than there is.
        self.presses = threading.Event()

    async def pour(self):
        async with Connection(self.server, self.token) as connection:
            while not self.is_over:
                status, answer = await connection.call("StartExecution", stateMachineArn=self.machine)
                if status == 200:
                    self.started += 1
                elif answer["__type"].endswith("ThrottlingException"):
                    self.refused += 1
                    if self.refused == CONNECTIONS:
                        self.presses.set()
                else:
                    self.others.append(answer)
                    return

    async def all(self):
        await asyncio.gather(*(self.pour() for _ in range(CONNECTIONS)))


def test_a_client_with_one_connection_starts_whatever_one_with_hundreds_does(own_server):
    assert own_server.stop() == 0
    with open(own_server.arguments[1], "a") as settings:
        settings.write(SETTINGS)
    own_server.start()
    author = created(own_server, "root", "admin")
    many, few = (created(own_server, name, "operator", token=author) for name in ["many", "few"])

    async def made():
        async with Connection(own_server, author) as connection:
            status, answer = await connection.call(
                "CreateStateMachine", name="fair", definition=json.dumps(PASS), roleArn=ROLE
            )
            assert status == 200, answer
            return answer["stateMachineArn"]

    machine = asyncio.run(made())
    flood = Flood(own_server, many, machine)
    pouring = threading.Thread(target=lambda: asyncio.run(flood.all()))
    pouring.start()

    async def start():
        async with Connection(own_server, few) as connection:
            return [await connection.call("StartExecution", stateMachineArn=machine) for _ in range(STARTS)]

    try:
        assert flood.presses.wait(DEADLINE_SECONDS), flood.others
        before = flood.refused
        answers = asyncio.run(start())
        refused = flood.refused - before
    finally:
        flood.is_over = True
        pouring.join()
    assert flood.others == []
    assert [answer for status, answer in answers if status != 200] == []
    # It was as full as can be all the time, and the other one went on as well.
    assert refused > STARTS and flood.started > 0
    assert own_server.stop() == 0
