"""A PostgreSQL of its own for the tests of this run: a new cluster, on a socket and a free port."""

import atexit
import functools
import itertools
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile

PLACES = [*sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
USER = "compasso"
PASSWORD = "a password"


def program(name):
    """The path of a program of PostgreSQL: Debian keeps them outside of PATH."""
    found = shutil.which(name) or next(
        (str(place / name) for place in PLACES if (place / name).exists()), None
    )
    assert found, f"{name} was not found; run scripts/setup"
    return found


@functools.cache
def shared():
    """One for all servers of this run that keep their executions in PostgreSQL."""
    postgres = Postgres()
    atexit.register(postgres.stop)
    return postgres


class Postgres:
    """A cluster in a directory that is removed with it."""

    def __init__(self):
        # Those of pytest are closed to other users.
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="compasso-postgres-"))
        self.data = self.directory / "cluster"
        # PostgreSQL refuses to run as root.
        self.owner = pwd.getpwnam("nobody") if os.getuid() == 0 else None
        if self.owner:
            os.chown(self.directory, self.owner.pw_uid, self.owner.pw_gid)
        secret = self.directory / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        self._run(
            "initdb", "--pgdata", self.data, "--username", USER, "--pwfile", secret,
            "--auth", "scram-sha-256", "--no-sync", "--encoding", "UTF8", "--locale", "C",
        )  # fmt: skip
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.places = itertools.count()
        self.start()
        self.url = f"postgres://{USER}:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{self.port}/postgres"

    def store(self):
        """The address of a place of its own for the tables of a server."""
        name = f"place_{next(self.places)}"
        self._run("psql", "--quiet", "--command", f"CREATE SCHEMA {name}", self.url)
        return f"{self.url}?options=-csearch_path%3D{name}"

    def start(self):
        """Starts the database, again if it was stopped."""
        # It need not outlast the machine, only itself.
        options = f"-c listen_addresses=127.0.0.1 -c unix_socket_directories={self.directory}"
        self._run(
            "pg_ctl", "start", "--wait", "--pgdata", self.data, "--log", self.directory / "log",
            "--options", f"{options} -c max_connections=500 -p {self.port}",
        )  # fmt: skip

    def crash(self):
        """Ends the database as a crash would."""
        self._run("pg_ctl", "stop", "--pgdata", self.data, "--mode", "immediate")

    def stop(self):
        self.crash()
        shutil.rmtree(self.directory)

    def _run(self, name, *arguments):
        who = {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []}
        done = subprocess.run(
            [program(name), *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # What pg_ctl leaves behind would hold a pipe for output open.
            stdin=subprocess.DEVNULL,
            text=True,
            cwd=self.directory,
            **(who if self.owner else {}),
        )
        assert done.returncode == 0, done.stdout
