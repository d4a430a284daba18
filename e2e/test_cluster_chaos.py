"""Everything that can break does, again and again, while an outside ledger is kept.

Three nodes and a PostgreSQL: owners are killed and frozen, the database is killed, all nodes are
restarted one after the other. Nothing acknowledged is lost, nothing happens twice, every execution
ends. CHAOS_STEPS says how often something breaks (8), CHAOS_SEED repeats a run.
"""

import os
import random
import signal
import time

import crash_check
from clients import step_functions
from cluster import Cluster
from postgres import Postgres
from test_crash import drain, prepare, report, start_load, summary

STEPS = int(os.environ.get("CHAOS_STEPS", "8"))
SEED = int(os.environ.get("CHAOS_SEED", str(random.randrange(1_000_000))))
# How long all goes well between two mishaps.
CALM_SECONDS = (0.2, 2.0)
# Longer than a lease, so that another node has taken over.
FROZEN_SECONDS = 5
END_SECONDS = 300


def test_a_cluster_in_which_everything_breaks_keeps_its_promises(tmp_path):
    choices = random.Random(SEED)
    print(f"chaos with CHAOS_SEED={SEED} CHAOS_STEPS={STEPS}", flush=True)
    postgres = Postgres()
    cluster = Cluster(tmp_path, postgres).start()
    ledger = tmp_path / "ledger.jsonl"
    try:
        client = step_functions(cluster.nodes[0].url)
        activity = prepare(client)
        load = start_load(cluster.nodes, activity, ledger, SEED)
        try:
            times = [one_mishap(cluster, postgres, load, choices) for _ in range(STEPS)]
            drain(load)
            crash_check.wait_until_all_ended(client, END_SECONDS)
        finally:
            load.stdin.close()
            load.wait(30)
            load.stdout.close()
        record = crash_check.Record(ledger)
        report(record, times)
        found = crash_check.problems(client, record)
        assert not found, summary(found, SEED, tmp_path, cluster.owner())
        assert record.lost > 0, "no mishap hit a call under way; the load was too light to prove much"
    finally:
        cluster.kill()
        postgres.stop()


def one_mishap(cluster, postgres, load, choices):
    """Breaks something and returns how long it took until a node worked again."""
    time.sleep(choices.uniform(*CALM_SECONDS))
    assert load.poll() is None, "the load ended by itself"
    mishap = choices.choice([kill_owner, kill_standby, freeze_owner, kill_database, restart_all])
    owner = cluster.owner()
    began = time.monotonic()
    mishap(cluster, postgres, owner)
    cluster.owner()
    took = time.monotonic() - began
    print(f"{mishap.__name__}: {took:.2f} s", flush=True)
    return took


def kill_owner(cluster, _, owner):
    owner.kill()
    cluster.owner()
    owner.start()


def kill_standby(cluster, _, owner):
    other = cluster.others(owner)[0]
    other.kill()
    other.start()


def freeze_owner(cluster, _, owner):
    owner.process.send_signal(signal.SIGSTOP)
    time.sleep(FROZEN_SECONDS)
    owner.process.send_signal(signal.SIGCONT)


def kill_database(_, postgres, __):
    postgres.crash()
    postgres.start()


def restart_all(cluster, *_):
    for node in cluster.nodes:
        assert node.stop() == 0, node.tail()
        node.start()
