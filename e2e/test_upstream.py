"""What a push says of pipelines that start or run each other, and what becomes of those that do."""

from clients import step_functions
from hooks import ended, push, runs, until
from rest import call

PIPELINE = """
pipeline: {name}
on: {{pipeline: {{name: {up}{more}}}}}
tasks: {{t: {{noop: true}}}}
"""


def warned(server, text, **parameters):
    pushed = call(server, "POST", "/pipelines", text=text, **parameters)["items"][0]
    told = [it for it in pushed.get("warnings", []) if it["code"] in ("W108", "W111", "W113")]
    return [(it["code"], it["message"]) for it in told]


def test_pipelines_that_start_each_other_are_warned_of(server, unique):
    one, two = unique("one"), unique("two")
    text = PIPELINE.format(name=one, up=two, more="")
    assert warned(server, text) == [("W108", f"the server has no pipeline '{two}'")]
    text = PIPELINE.format(name=two, up=one, more="")
    again = f"the end of '{two}' starts '{two}' again, by '{one}'"
    assert warned(server, text, check="true") == [("W111", again)]
    text = PIPELINE.format(name=two, up=one, more=", if: trigger.state = 'failed'")
    assert warned(server, text) == []


def test_a_pipeline_that_starts_itself_is_warned_of(server, unique):
    name = unique("itself")
    text = PIPELINE.format(name=name, up=name, more="")
    assert warned(server, text, check="true") == [("W111", f"the end of '{name}' starts '{name}' again")]


def test_a_pipeline_that_is_named_by_its_arn_is_looked_for_by_it(server, unique):
    child, one = unique("child"), unique("one")
    of = lambda account, name: f"arn:aws:states:us-east-1:{account}:pipeline:{name}"
    arn = of("000000000000", child)
    text = f"""
pipeline: {one}
tasks:
  a: {{pipeline: "{arn}", with: {{m: 3, n: 4}}}}
  b: {{pipeline: "{arn}:1", with: {{m: 3}}}}
  c: {{pipeline: "{of('111111111111', child)}"}}
"""
    assert warned(server, text, check="true") == [("W108", f"the server has no pipeline '{arn}'")]
    call(server, "POST", "/pipelines", text=f"pipeline: {child}\nparams: {{n: 1}}\ntasks: {{t: {{noop: true}}}}\n")
    assert warned(server, text, check="true") == [("W108", f"the pipeline '{arn}' has no param 'm'")]


def test_what_tasks_are_to_run_and_is_not_there_is_warned_of(server, unique):
    child, one = unique("child"), unique("one")
    text = f"""
pipeline: {one}
tasks:
  a: {{pipeline: {child}, with: {{m: 3, n: 4}}}}
  b: {{pipeline: {child}}}
  c: {{machine: {child}}}
  d: {{pipeline: "${{{{ run.id }}}}"}}
"""
    missing = [("W108", f"the server has no {what} '{child}'") for what in ("pipeline", "state machine")]
    assert warned(server, text) == missing
    told = [("W108", f"the pipeline '{child}' has no param 'm'"), missing[1]]
    other = f"pipeline: {child}\nparams: {{n: 1}}\ntasks: {{t: {{noop: true}}}}\n"
    assert warned(server, f"{text}---\n{other}", check="true") == told
    call(server, "POST", "/pipelines", text=other)
    assert warned(server, text, check="true") == told


RUNS = """
pipeline: {name}
concurrency: {{max_runs: {most}}}
params: {{n: 3}}
tasks:
  first: {{noop: true}}
  again: {{needs: first, pipeline: {callee}, with: {{n: "${{{{ params.n - 1 }}}}"}}{more}}}
"""


def test_pipelines_whose_tasks_run_each_other_are_warned_of(server, unique):
    one, two = unique("one"), unique("two")
    push(server, RUNS.format(name=one, callee=two, most=1, more=""))
    text = RUNS.format(name=two, callee=one, most=1, more="")
    again = f"each run of '{two}' runs '{two}' again, by '{one}': that never ends"
    assert warned(server, text, check="true") == [("W113", again)]
    for more in [", if: params.n > 0", ", when: any_failed"]:
        text = RUNS.format(name=two, callee=one, most=1, more=more)
        assert warned(server, text, check="true") == [], more
    text = RUNS.format(name=two, callee=two, most=1, more="").replace("noop: true", "noop: true, if: params.n > 0")
    assert warned(server, text, check="true") == [], "what is needed may not run"
    text = RUNS.format(name=two, callee=one, most="1, overlap: skip", more="")
    assert warned(server, text, check="true") == [], "the second run of the circle is skipped"
    text = RUNS.format(name=two, callee=two, most=1, more="")
    again = f"each run of '{two}' runs '{two}' again: that never ends"
    assert warned(server, text, check="true") == [("W113", again)]


def test_a_run_whose_ancestors_have_all_places_fails_and_says_so(server, unique):
    name, sfn = unique("rec"), step_functions(server.url)
    push(server, RUNS.format(name=name, callee=name, most=2, more=""))
    run = call(server, "POST", f"/pipelines/{name}/runs", {})["id"]
    found = ended(sfn, run)
    assert (found["status"], found["error"]) == ("FAILED", "Deadlock")
    assert f"the 2 places of '{name}' are held by runs that wait for this one" in found["cause"]
    assert len(runs(server, name)) == 2, "the third one never began"


def test_runs_that_nobody_waits_for_or_that_have_room_are_none_of_these(server, unique):
    name, sfn = unique("rec"), step_functions(server.url)
    free = RUNS.format(name=name, callee=f"{{name: {name}, wait: false}}", most=1, more=", if: params.n > 0")
    push(server, free)
    call(server, "POST", f"/pipelines/{name}/runs", {})
    until(lambda: len(runs(server, name)) == 4)
    assert {ended(sfn, run)["status"] for run in runs(server, name)} == {"SUCCEEDED"}
    name = unique("deep")
    push(server, RUNS.format(name=name, callee=name, most=4, more=", if: params.n > 0"))
    run = call(server, "POST", f"/pipelines/{name}/runs", {})["id"]
    assert ended(sfn, run)["status"] == "SUCCEEDED"
    assert len(runs(server, name)) == 4
