"""A small disk of its own for a test, which can be filled: in memory, mounted by whoever may.

Who may not mount it for all mounts it in a user namespace, where it is reached by way of /proc. Where neither
is allowed the test fails: what it shows would be shown nowhere.
"""

import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile

MOUNT = ["mount", "-t", "tmpfs", "tmpfs"]
# Says that it is mounted, and keeps the mount as long as its input is open.
KEEPER = '"$@" && echo mounted && read _'
ADVICE = (
    "run the tests as root, or where user namespaces are allowed: see the settings "
    "kernel.unprivileged_userns_clone and kernel.apparmor_restrict_unprivileged_userns of sysctl"
)


class SmallDisk:
    """A disk of so many megabytes, at `path`."""

    def __init__(self, megabytes):
        # Directories of pytest are closed to other users.
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="compasso-disk-"))
        self.keeper = None
        mount = [*MOUNT, "-o", f"size={megabytes}m,mode=755", str(self.directory)]
        done = subprocess.run(mount, capture_output=True, check=False)
        self.path = self.directory if done.returncode == 0 else self._mount_apart(mount)
        self.filler = self.path / "filler"

    def _mount_apart(self, mount):
        self.keeper = subprocess.Popen(
            ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", KEEPER, "sh", *mount],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        said = self.keeper.stdout.readline()
        if said != "mounted\n":
            self.remove()
            raise AssertionError(f"no small disk can be mounted: {said.strip()}\n{ADVICE}")
        return pathlib.Path(f"/proc/{self.keeper.pid}/root{self.directory}")

    def free(self):
        """How many bytes of room it has."""
        found = os.statvfs(self.path)
        return found.f_bavail * found.f_frsize

    def fill(self, leave=0):
        """Leaves no more than so many bytes of room."""
        with self.filler.open("ab", buffering=0) as file, contextlib.suppress(OSError):
            while (much := self.free() - leave) > 0:
                file.write(bytes(min(much, 1 << 16)))

    def empty(self):
        """Makes room again."""
        self.filler.unlink()

    def remove(self):
        """Unmounts it; nobody may use it any more."""
        if self.keeper is None:
            # Who still has a file open keeps the rest.
            subprocess.run(["umount", "--lazy", self.directory], check=True)
        else:
            with contextlib.suppress(BrokenPipeError):
                self.keeper.stdin.close()
            self.keeper.wait(60)
            self.keeper.stdout.close()
        shutil.rmtree(self.directory)
