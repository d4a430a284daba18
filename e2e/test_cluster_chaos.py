"""Everything that can break does, again and again, while an outside ledger is kept.

Three nodes and a PostgreSQL under load: nodes are killed, frozen, cut off from the database, from each
other or from both in either direction, and restarted one after the other; the database is killed, frozen,
slow and out of room. Nothing acknowledged is lost, nothing happens twice, every execution ends. CHAOS_STEPS
says how often something breaks in a round (64: each mishap four times), CHAOS_SEED repeats a run,
CHAOS_MINUTES goes on with new rounds for that long.
"""

import os
import random
import signal
import time

import rounds
from cluster import Cluster
from postgres import Postgres

STEPS = int(os.environ.get("CHAOS_STEPS", "64"))
MINUTES = float(os.environ.get("CHAOS_MINUTES", "0"))
SEED = int(os.environ.get("CHAOS_SEED", str(random.randrange(1_000_000))))
# How long all goes well between two mishaps.
CALM_SECONDS = (0.1, 1.0)
# Longer than a lease, so that another node has taken over, or shorter.
AWAY_SECONDS = (0.5, 4.5)
# How long bytes wait in a slow database, each way.
SLOW_SECONDS = (0.02, 0.2)
DISK_MEGABYTES = 400
END_SECONDS = 300


def test_a_cluster_in_which_everything_breaks_keeps_its_promises(tmp_path):
    rounds.repeat(chaos_round, tmp_path, SEED, MINUTES)


def chaos_round(directory, seed):
    print(f"chaos with CHAOS_SEED={seed} CHAOS_STEPS={STEPS}", flush=True)
    postgres = Postgres(disk_megabytes=DISK_MEGABYTES)
    cluster = Cluster(directory, postgres, wires=True).start()

    def mishaps(load):
        return break_everything(Chaos(cluster, postgres, seed), load)

    try:
        rounds.under_load(cluster.nodes, mishaps, directory, seed, END_SECONDS, cluster.owner)
    finally:
        cluster.kill()
        postgres.stop()


def break_everything(chaos, load):
    """Has one mishap after the other, each as often; returns how long nobody worked at each."""
    mishaps = chaos.mishaps()
    times = []
    for step in range(STEPS):
        if step % len(mishaps) == 0:
            chaos.choices.shuffle(mishaps)
        mishap = mishaps[step % len(mishaps)]
        time.sleep(chaos.choices.uniform(*CALM_SECONDS))
        assert load.poll() is None, "the load ended by itself"
        began = time.monotonic()
        mishap(chaos.cluster.owner())
        chaos.cluster.owner()
        times.append(time.monotonic() - began)
        print(f"{mishap.__name__}: {times[-1]:.2f} s", flush=True)
    return times


class Chaos:
    """What can go wrong; each mishap is over when its function returns."""

    def __init__(self, cluster, postgres, seed):
        self.cluster = cluster
        self.postgres = postgres
        self.choices = random.Random(seed)

    def mishaps(self):
        return [
            self.kill_owner,
            self.kill_standby,
            self.freeze_owner,
            self.cut_owner,
            self.cut_requests,
            self.cut_answers,
            self.cut_all,
            self.hide_owner,
            self.mute_owner,
            self.hide_all,
            self.isolate_owner,
            self.kill_database,
            self.freeze_database,
            self.slow_database,
            self.restart_all,
            self.fill_disk,
        ]

    def away(self):
        time.sleep(self.choices.uniform(*AWAY_SECONDS))

    def kill_owner(self, owner):
        owner.kill()
        self.cluster.owner()
        owner.start()

    def kill_standby(self, owner):
        other = self.cluster.others(owner)[0]
        other.kill()
        other.start()

    def freeze_owner(self, owner):
        owner.process.send_signal(signal.SIGSTOP)
        self.away()
        owner.process.send_signal(signal.SIGCONT)

    def cut_owner(self, owner):
        self.cut([self.cluster.wires[owner]], "both")

    def cut_requests(self, owner):
        self.cut([self.cluster.wires[owner]], "requests")

    def cut_answers(self, owner):
        self.cut([self.cluster.wires[owner]], "answers")

    def cut_all(self, _):
        self.cut(self.cluster.wires.values(), "both")

    # All reach the database: nobody takes over, and what the others send on does not come.
    def hide_owner(self, owner):
        self.cut([self.cluster.ways_in[owner]], "both")

    # What the others send on is done, and nobody hears of it.
    def mute_owner(self, owner):
        self.cut([self.cluster.ways_in[owner]], "answers")

    def hide_all(self, _):
        self.cut(self.cluster.ways_in.values(), "both")

    def isolate_owner(self, owner):
        self.cut([self.cluster.wires[owner], self.cluster.ways_in[owner]], "both")

    def cut(self, wires, what):
        for wire in wires:
            wire.cut = what
        self.away()
        for wire in wires:
            wire.heal()

    def kill_database(self, _):
        self.postgres.crash()
        self.postgres.start()

    def freeze_database(self, _):
        self.postgres.signal(signal.SIGSTOP)
        self.away()
        self.postgres.signal(signal.SIGCONT)

    def slow_database(self, _):
        delay = self.choices.uniform(*SLOW_SECONDS)
        for wire in self.cluster.wires.values():
            wire.delay = delay
        self.away()
        for wire in self.cluster.wires.values():
            wire.heal()

    def fill_disk(self, _):
        self.postgres.disk.fill()
        self.away()
        self.postgres.empty()

    def restart_all(self, _):
        for node in self.cluster.nodes:
            assert node.stop() == 0, node.tail()
            node.start()
