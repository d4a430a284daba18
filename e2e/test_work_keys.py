"""Keys by which services tell whether they were asked for the same work before: no two works share one."""

import json

from remote import push
from rest import call, quoted
from test_pipeline_runs import ended, start
from web_services import as_json, serving

LEDGER = """
pipeline: {name}
saga: true
tasks:
  pay:
    uses: http
    with: {{url: "{url}", body: {{what: charge}}}}
    retry: {{max: 1, delay: 1ms, on: [Http5xx]}}
    compensate: {{uses: http, with: {{url: "{url}", body: {{what: refund}}}}}}
    hooks:
      on_success:
        - {{uses: http, with: {{url: "{url}", body: {{what: tell}}}}}}
        - {{uses: http, with: {{url: "{url}", body: {{what: tell another}}}}}}
  poll:
    repeat: {{until: "output.status = 999", max: 3, on_exhausted: success}}
    uses: http
    with: {{url: "{url}", body: {{what: poll}}}}
  fall:
    repeat: {{max: 2, on_exhausted: success}}
    uses: http
    with: {{url: "{url}", body: {{what: fail}}}}
    fallback: {{uses: http, with: {{url: "{url}", body: {{what: fall back}}}}}}
  group:
    repeat: {{max: 2, on_exhausted: success}}
    tasks: {{each: {{uses: http, with: {{url: "{url}", body: {{what: each round}}}}}}}}
  write:
    run: 'echo "key=$COMPASSO_IDEMPOTENCY_KEY" >> "$COMPASSO_OUTPUT"'
    repeat: {{until: "output.key = ''", max: 2, on_exhausted: success}}
    outputs: {{key: "${{{{ result.key }}}}"}}
  ship: {{needs: [pay, poll, fall, group, write], run: exit 1}}
"""


def test_each_work_has_a_key_of_its_own_and_all_its_attempts_have_that(server, sfn, unique):
    name, asked = unique("ledger"), []

    def answer(exchange):
        what = json.loads(exchange.body)["what"]
        asked.append((what, exchange.headers["idempotency-key"]))
        is_first = [told for told, _ in asked].count(what) == 1
        return as_json({}, 503 if what == "charge" and is_first else 400 if what == "fail" else 200)

    with serving(answer) as url:
        push(server, LEDGER.format(name=name, url=url))
        run = start(server, name, name="r")["id"]
        assert ended(sfn, run)["status"] == "FAILED"
        first = list(asked)
        call(server, "POST", f"/runs/{quoted(run)}/rerun", {"failed": True})
        assert ended(sfn, run)["status"] == "FAILED"
    keys = {}
    for what, key in first:
        keys.setdefault(what, []).append(key)
    assert keys["charge"] == [f"{name}/r/pay"] * 2
    assert keys["poll"] == [f"{name}/r/poll", f"{name}/r/poll/2", f"{name}/r/poll/3"]
    assert keys["fail"] == [f"{name}/r/fall", f"{name}/r/fall/2"]
    assert keys["fall back"] == [f"{name}/r/fall/fallback", f"{name}/r/fall/2/fallback"]
    assert keys["each round"] == [f"{name}/r/group/each", f"{name}/r/group/each/2"]
    own = [key for what, found in keys.items() for key in set(found)]
    assert sorted(keys) == ["charge", "each round", "fail", "fall back", "poll", "refund", "tell", "tell another"]
    assert len(set(own)) == len(own)
    # What was undone is done anew, and undone once more.
    again = dict(asked[len(first) :])
    assert again["charge"] == f"{name}/r/pay@2"
    assert again["refund"] not in own
    tasks = call(server, "GET", f"/runs/{quoted(run)}/tasks")["items"]
    written = next(task for task in tasks if task["id"] == "write")["output"]["value"]
    assert written == {"key": f"{name}/r/write/2"}
