"""AWS services that tasks call: moto's server on a free port, and clients that prepare and check it."""

import boto3
from moto.server import ThreadedMotoServer

from clients import REGION


class Services:
    """All services of one stand-in for AWS."""

    def __init__(self):
        self.server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self.server.start()
        host, port = self.server.get_host_and_port()
        self.url = f"http://{host}:{port}"

    def client(self, service, **more):
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="secret",
            **more,
        )

    def environment(self):
        """What a server needs to find the services."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "secret",
        }

    def stop(self):
        self.server.stop()
