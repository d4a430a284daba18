"""Schedules over REST: made, tried out, paused together and for a time, and shown over days."""

import datetime

import pytest

from clients import eventually, step_functions
from hooks import push
from rest import Refused, call, quoted

PASS = {"Only": {"Type": "Pass", "End": True}}
HOURLY = """
pipeline: {name}
on: {{schedule: {{id: hourly, every: 1h, timezone: UTC}}}}
tasks: {{pull: {{noop: true}}}}
"""


def at(**after):
    instant = datetime.datetime.now(datetime.UTC) + datetime.timedelta(**after)
    return instant.isoformat().replace("+00:00", "Z")


def schedule(server, name):
    found = call(server, "GET", "/schedules")["items"]
    return next(one for one in found if name in (one["id"], one["workflowName"]))


def test_a_schedule_is_tried_out_before_it_is_made(server):
    spec = {"cron": "30 2 * * *", "timezone": "Europe/Lisbon", "start": "2027-03-27"}
    meant = call(server, "POST", "/schedules/preview", {"spec": spec})
    assert (len(meant["next"]), meant["timezone"]) == (10, "Europe/Lisbon")
    # The clocks go forward on 28 March 2027, at one o'clock.
    assert meant["next"][:3] == [
        "2027-03-27T02:30:00.000Z",
        "2027-03-28T01:30:00.000Z",
        "2027-03-29T01:30:00.000Z",
    ]
    wrong = call(server, "POST", "/schedules/preview", {"spec": {"cron": "61 * * * *"}})
    assert (wrong["next"], "cron" in wrong["problem"]) == ([], True)


def test_schedules_of_state_machines_are_made_changed_and_deleted(own, machine):
    workflow = machine(PASS, client=step_functions(own.url))
    made = {"name": "nightly", "workflow": workflow, "spec": {"every": "1h"}, "input": '{"a":1}'}
    created = call(own, "POST", "/schedules", made)
    assert (created["name"], created["input"]) == ("nightly", '{"a":1}')
    changed = call(own, "PUT", "/schedules/nightly", {"spec": {"cron": "0 2 * * *"}})
    assert changed == {**created, "spec": {"cron": "0 2 * * *"}}
    assert call(own, "GET", f"/schedules/{quoted(created['arn'])}") == changed
    assert schedule(own, "nightly")["arn"] == created["arn"]
    call(own, "DELETE", "/schedules/nightly")
    assert call(own, "GET", "/schedules")["items"] == []


def test_where_schedules_are_off_none_is_made(server, machine):
    with pytest.raises(Refused, match="schedules = true"):
        call(server, "POST", "/schedules", {"name": "n", "workflow": "w", "spec": {"every": "1h"}})


def test_many_schedules_rest_together_and_go_on_by_themselves(own, machine):
    workflow = machine(PASS, client=step_functions(own.url))
    made = {"name": "hand-made", "workflow": workflow, "spec": {"every": "1h"}}
    call(own, "POST", "/schedules", made)
    push(own, HOURLY.format(name="hourly-sync"))
    arns = eventually(lambda: [one["arn"] for one in call(own, "GET", "/schedules")["items"]][1:] and
                      [one["arn"] for one in call(own, "GET", "/schedules")["items"]])
    gone = f"{arns[0].rsplit(':', 1)[0]}:none"
    asked = {"ids": [*arns, gone], "reason": "maintenance", "until": at(hours=1), "by": "ada"}
    answered = call(own, "POST", "/schedules/pause", asked)["items"]
    assert [("refused" in one) for one in answered] == [False, False, True]
    for name in ("hand-made", "hourly-sync"):
        paused = schedule(own, name)
        assert (paused["state"], paused["pause"]["reason"]) == ("paused", "maintenance")
        assert paused["pause"]["until"][:16] == asked["until"][:16]

    own.kill()
    own.start()
    call(own, "POST", "/schedules/pause", {"ids": arns, "until": at(seconds=1)})
    for name in ("hand-made", "hourly-sync"):
        eventually(lambda name=name: schedule(own, name)["state"] == "active")
    with pytest.raises(Refused, match="until: it is over already"):
        call(own, "POST", "/schedules/pause", {"ids": arns, "until": at(hours=-1)})
    call(own, "POST", "/schedules/pause", {"ids": arns})
    call(own, "POST", "/schedules/resume", {"ids": arns})
    assert schedule(own, "hand-made")["state"] == "active"


def test_all_schedules_are_shown_over_days_with_what_became_of_their_ticks(own):
    push(own, HOURLY.replace("1h", "1s").format(name="busy"))
    push(own, HOURLY.format(name="calm"))

    def busy():
        shown = call(own, "GET", "/schedules/timeline", **{"from": at(hours=-1), "to": at(days=7)})
        lanes = {lane["workflowName"]: lane for lane in shown["items"]}
        if len(lanes) < 2:
            return None
        ended = [tick for tick in lanes["busy"]["ticks"] if tick.get("status") == "SUCCEEDED"]
        return (lanes, ended) if len(ended) > 1 and "medianMs" in lanes["busy"] else None

    lanes, ended = eventually(busy)
    assert all(tick["state"] == "run" and tick["tookMs"] >= 0 for tick in ended)
    coming = [tick for tick in lanes["calm"]["ticks"] if "state" not in tick]
    assert (len(coming), lanes["calm"]["isPartial"]) == (7 * 24, False)
    # Of a week of seconds, only the next ones are shown.
    assert lanes["busy"]["isPartial"]
    with pytest.raises(Refused, match="at most 62 days"):
        call(own, "GET", "/schedules/timeline", **{"from": at(), "to": at(days=63)})


def test_runs_that_failed_alike_are_told_of_together(own, machine, start):
    sfn = step_functions(own.url)
    causes = {"Fails": {"Type": "Fail", "Error": "Down", "CausePath": "$.cause"}}
    workflows = [machine(causes, client=sfn, name=name) for name in ("one", "two")]
    for at_, workflow in enumerate(workflows * 2):
        start(workflow, {"cause": f"HTTP 503 from stock after {at_} s"}, client=sfn)
    start(workflows[0], {"cause": "HTTP 404 from stock"}, client=sfn)

    def groups():
        found = call(own, "GET", "/overview")["failures"]
        return found if sum(len(group["ids"]) for group in found) == 5 else None

    found = {len(group["ids"]): group for group in eventually(groups)}
    assert set(found) == {1, 4}
    assert (found[4]["error"], found[4]["workflows"]) == ("Down", ["one", "two"])


def test_connections_are_made_changed_and_told_who_uses_them(server, machine, unique):
    name, user = unique("shop"), unique("user")
    basic = {"BasicAuthParameters": {"Username": "me", "Password": "hidden"}}
    created = call(
        server,
        "POST",
        "/connections",
        {"Name": name, "AuthorizationType": "BASIC", "AuthParameters": basic},
    )
    uses = {
        "Call": {
            "Type": "Task",
            "Resource": "arn:aws:states:::http:invoke",
            "Parameters": {
                "ApiEndpoint": "https://shop.example/orders",
                "Method": "GET",
                "Authentication": {"ConnectionArn": created["ConnectionArn"]},
            },
            "End": True,
        }
    }
    used_by = machine(uses, name=user)
    assert call(server, "GET", f"/connections/{name}/uses")["items"] == [{"id": used_by, "name": user}]
    call(server, "PUT", f"/connections/{name}", {"Description": "The shop"})
    described = call(server, "GET", f"/connections/{name}")
    assert described["Description"] == "The shop"
    assert described["AuthParameters"]["BasicAuthParameters"] == {"Username": "me"}
    call(server, "DELETE", f"/connections/{name}")
    for path in [f"/connections/{name}", f"/connections/{name}/uses"]:
        with pytest.raises(Refused, match="does not exist") as refused:
            call(server, "GET", path)
        assert refused.value.status == 404
