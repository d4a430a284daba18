"""The way to a node or to its database, on which a test has bytes wait or vanish."""

import selectors
import socket
import threading
import time

# How long one look at the sockets takes at most: as fast as a change of mind is noticed.
LOOK_SECONDS = 0.02
CHUNK = 65536


class Wire:
    """Listens on a port of its own and passes everything on to `port`.

    `cut` says what is lost: nothing, "both" ways, "requests" or "answers". What is lost is not read,
    so connections do not end: they fall silent, as those do whose cable was pulled. `delay` is how long
    bytes wait, in seconds.
    """

    def __init__(self, port):
        self.target = port
        self.cut = None
        self.delay = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.is_open = True
        threading.Thread(target=self._accept, daemon=True).start()

    def heal(self):
        self.cut, self.delay = None, 0

    def close(self):
        self.is_open = False
        self.listener.close()

    def _accept(self):
        while self.is_open:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=[near], daemon=True).start()

    def _carry(self, near):
        with near:
            # Nobody reaches who is beyond a cut; who is away refuses.
            while self.cut in ("both", "requests"):
                time.sleep(LOOK_SECONDS)
            try:
                far = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                return
            with far:
                self._exchange(near, far)

    def _exchange(self, near, far):
        ways = {near: (far, "requests"), far: (near, "answers")}
        with selectors.DefaultSelector() as selector:
            for end in ways:
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                selector.register(end, selectors.EVENT_READ)
            while self.is_open:
                if self.cut == "both":
                    time.sleep(LOOK_SECONDS)
                    continue
                for key, _ in selector.select(LOOK_SECONDS):
                    to, way = ways[key.fileobj]
                    if self.cut == way:
                        time.sleep(LOOK_SECONDS)
                        continue
                    try:
                        read = key.fileobj.recv(CHUNK)
                        if not read:
                            return
                        time.sleep(self.delay)
                        to.sendall(read)
                    except OSError:
                        return
