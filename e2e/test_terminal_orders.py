"""Keys, causes and logs come from scripts: a terminal takes no orders of them but colours."""

import os
import pty
import subprocess

from clients import command, environment
from hooks import push
from server import BINARY
from test_secret_params import begin

ORDERS = r"""
pipeline: {name}
tasks:
  t:
    each: ["k\e[31mred", "a\nb"]
    key: item
    run: |
      printf '\033[32mgreen \033[2Jcleared \033]0;title\007\n'
      printf 'why \033[2J\n' >&2
      exit 3
"""


def on_a_terminal(server, *arguments):
    """What a command writes to a terminal."""
    ours, theirs = pty.openpty()
    given = environment(server.url, TERM="xterm")
    line = [BINARY, *arguments, "--endpoint", server.url]
    with subprocess.Popen(line, stdin=theirs, stdout=theirs, stderr=theirs, env=given) as running:
        os.close(theirs)
        written = b""
        while part := read(ours):
            written += part
        running.wait()
    os.close(ours)
    return written.decode()


def read(terminal):
    try:
        return os.read(terminal, 65536)
    except OSError:  # Who wrote to it has gone.
        return b""


def test_a_terminal_takes_no_orders_of_scripts(server, unique):
    name = unique("orders")
    push(server, ORDERS.format(name=name))
    run = begin(server, name, {}, wait="true")["id"]
    rows = on_a_terminal(server, "tasks", run, "--instances", "t")
    assert r"k\u{1b}[31mred" in rows and r"a\nb" in rows, rows
    assert r"why \u{1b}[2J" in on_a_terminal(server, "tasks", run)
    log = on_a_terminal(server, "logs", run)
    assert "\x1b[32mgreen " in log and r"\u{1b}[2Jcleared \u{1b}]0;title\u{7}" in log, log
    for shown in [rows, log, on_a_terminal(server, "describe", run), on_a_terminal(server, "tasks", run)]:
        assert "\x1b[2J" not in shown and "\x07" not in shown and "\x1b]" not in shown, shown


def test_a_description_that_is_read_on_has_no_orders_in_it(server, unique):
    name = unique("orders")
    push(server, ORDERS.format(name=name))
    run = begin(server, name, {}, wait="true")["id"]
    described = command(server, "describe", run).stdout
    assert r"why \u{1b}[2J" in described and "\x1b" not in described and "\x07" not in described, described


def test_who_reads_on_has_logs_as_they_were_written(server, unique):
    name = unique("orders")
    push(server, ORDERS.format(name=name))
    run = begin(server, name, {}, wait="true")["id"]
    assert "\x1b[32mgreen \x1b[2Jcleared \x1b]0;title\x07" in command(server, "logs", run).stdout
