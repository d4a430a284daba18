"""What a push says of pipelines that start each other."""

from rest import call

PIPELINE = """
pipeline: {name}
on: {{pipeline: {{name: {up}{more}}}}}
tasks: {{t: {{noop: true}}}}
"""


def warned(server, text, **parameters):
    pushed = call(server, "POST", "/pipelines", text=text, **parameters)["items"][0]
    told = [it for it in pushed.get("warnings", []) if it["code"] in ("W108", "W111")]
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
