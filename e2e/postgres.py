"""A PostgreSQL of its own for the tests of this run: a new cluster, on a socket and a free port."""

import atexit
import contextlib
import functools
import os
import pathlib
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile

from small_disk import SmallDisk

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


def children(process):
    """The processes that a process began."""
    found = pathlib.Path(f"/proc/{process}/task/{process}/children").read_text()
    return [int(child) for child in found.split()]


class Postgres:
    """A cluster in a directory that is removed with it.

    With `disk_megabytes` it has a small disk of its own of that size, `disk`, which can be filled.
    """

    def __init__(self, disk_megabytes=None):
        self.disk = SmallDisk(disk_megabytes) if disk_megabytes else None
        # Those of pytest are closed to other users.
        place = self.disk.path if self.disk else None
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="compasso-postgres-", dir=place))
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
            "--auth", "scram-sha-256", "--wal-segsize", "1", "--no-sync", "--encoding", "UTF8", "--locale", "C",
        )  # fmt: skip
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.start()
        self.url = f"postgres://{USER}:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{self.port}/postgres"

    def store(self):
        """The address of a place of its own for the tables of a server."""
        # Unlike those of stores that were frozen.
        name = f"place_{secrets.token_hex(4)}"
        self.run(f"CREATE SCHEMA {name}")
        return f"{self.url}?options=-csearch_path%3D{name}"

    def run(self, statement, address=None):
        """Runs a statement of SQL, in the place of a server if its address is given."""
        self._run("psql", "--quiet", "--command", statement, address or self.url)

    def rows(self, statement, address):
        """What a query finds in the place of a server: a line of text for each row."""
        said = self._run(
            "psql", "--quiet", "--tuples-only", "--no-align", "--command", statement, address
        )
        return said.splitlines()

    def dump(self, address):
        """The statements that make the place of a server as it is."""
        place = address.rsplit("%3D", 1)[1]
        said = self._run("pg_dump", "--no-owner", f"--schema={place}", self.url)
        # Only psql of the same day knows these.
        return "".join(
            line for line in said.splitlines(keepends=True) if not line.startswith(("\\restrict", "\\unrestrict"))
        )

    def put(self, statements, place):
        """Makes the place of a server as a dump says; returns its address."""
        self.run(f"DROP SCHEMA IF EXISTS {place} CASCADE")
        file = self.directory / "dump.sql"
        file.write_text(statements)
        file.chmod(0o644)
        self._run("psql", "--quiet", "--set", "ON_ERROR_STOP=1", "--file", file, self.url)
        return f"{self.url}?options=-csearch_path%3D{place}"

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

    def signal(self, number):
        """Sends a signal to all processes of the database."""
        main = int((self.data / "postmaster.pid").read_text().split()[0])
        for process in [main, *children(main)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, number)

    def empty(self):
        """Makes room on its disk again, and starts the database if it ended for want of it."""
        self.disk.empty()
        if not self.is_running():
            self.start()

    def is_running(self):
        try:
            self._run("pg_ctl", "status", "--pgdata", self.data)
        except AssertionError:
            return False
        return True

    def copy(self):
        """Copies the files of the database, which does not run."""
        subprocess.run(["cp", "--archive", self.data, self.directory / "copy"], check=True)

    def put_copy_back(self):
        """Puts the copy in the place of the database, which does not run."""
        shutil.rmtree(self.data)
        (self.directory / "copy").rename(self.data)

    def stop(self):
        self.crash()
        shutil.rmtree(self.directory)
        if self.disk:
            self.disk.remove()

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
        return done.stdout
