"""Links that decide approvals: sent in messages, pressed by people who have no key."""

import re
import textwrap
import urllib.error
import urllib.parse
import urllib.request

import pytest
from clients import eventually, step_functions
from rest import Refused, call
from server import Server
from stand_ins import Mails
from test_pipeline_flow import asked
from test_pipeline_runs import ended, start

LINK = re.compile(r"https?://\S+/decide/[\w-]+")


@pytest.fixture
def mails():
    mails = Mails()
    yield mails
    mails.stop()


@pytest.fixture
def office(tmp_path, mails):
    """A server whose mails are kept."""
    config = tmp_path / "compasso.toml"
    config.write_text(
        f'[email]\nhost = "127.0.0.1"\nport = {mails.port}\nencryption = "none"\nfrom = "c@example.com"\n'
    )
    running = Server(tmp_path / "data", arguments=["--config", config]).start()
    yield running
    if running.process.poll() is None:
        running.kill()


def pipeline(name, approve, *recipients):
    hooks = "".join(
        f"        - uses: email\n"
        f"          with: {{to: {who}, subject: '{who}', body: '${{{{ approval.links.approve }}}} or "
        f"${{{{ approval.links.reject }}}}'}}\n"
        for who in recipients
    )
    return (
        f"pipeline: {name}\ntasks:\n  ask:\n    approve: {approve}\n"
        f"    hooks:\n      on_start:\n{hooks}"
        "  after: {needs: ask, noop: true, outputs: {by: '${{ needs.ask.output.by }}'}}\n"
        "outputs: ${{ needs.after.output }}\n"
    )


def links(mails, who):
    """The links that somebody was sent: to approve, and to reject."""
    found = lambda: next((text for to, text in mails.texts() if to == who), None)
    return LINK.findall(eventually(found).replace("=\n", ""))


def visit(server, link, method="GET"):
    """Follows a link, or presses its button; returns status, headers and page."""
    url = server.url + urllib.parse.urlsplit(link).path
    request = urllib.request.Request(url, method=method, data=b"" if method == "POST" else None)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def test_a_link_shows_what_is_asked_and_one_press_decides_once(office, mails):
    text = pipeline("plain", "{by: [user:ana], message: 'Ship <b>it</b>?'}", "ana@example.com")
    call(office, "POST", "/pipelines", text=text)
    run = start(office, "plain", name="one")["id"]
    approve, _ = links(mails, "ana@example.com")
    for _ in range(2):
        status, headers, page = visit(office, approve)
        assert status == 200 and "Ship &lt;b&gt;it&lt;/b&gt;?" in page
        assert "ana@example.com" in page and "<script" not in page
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src" not in policy
    assert headers["referrer-policy"] == "no-referrer" and headers["cache-control"] == "no-store"
    assert asked(office, "one")["decisions"] == []
    office.kill()
    office.start()
    status, _, page = visit(office, approve, "POST")
    assert (status, "ask is approved" in page) == (200, True)
    found = ended(step_functions(office.url), run)
    assert '"by":["link:ana@example.com"]' in found["output"]
    status, _, page = visit(office, approve, "POST")
    assert (status, "is approved" in page) == (410, True)
    (done, repeated) = sorted(
        call(office, "GET", "/audit", action="approval.decide")["items"], key=lambda it: it["id"]
    )
    assert (done["outcome"], repeated["outcome"]) == ("done", "failed")
    assert (done["who"], done["credential"]) == ("link:ana@example.com", "link")
    assert done["details"] == {"decision": "approve", "sent_to": "ana@example.com"}
    closed = call(office, "GET", "/approvals", run="one", state="closed")["items"]
    assert [len(item["decisions"]) for item in closed] == [1]


def test_nobody_finds_a_link_in_what_the_run_shows(office, mails):
    call(office, "POST", "/pipelines", text=pipeline("shown", "{by: [user:ana]}", "ana@example.com"))
    run = start(office, "shown", name="one")["id"]
    _, reject = links(mails, "ana@example.com")
    history = step_functions(office.url).get_execution_history(executionArn=run, maxResults=1000)
    assert "approval.links.reject" in str(history) and "/decide/" not in str(history)
    status, _, page = visit(office, reject)
    assert status == 200 and "Reject ask?" in page
    status, _, page = visit(office, reject, "POST")
    assert "ask is rejected" in page
    assert ended(step_functions(office.url), run)["error"] == "Rejected"


def test_a_link_that_was_made_up_or_changed_leads_nowhere(office, mails):
    call(office, "POST", "/pipelines", text=pipeline("made", "{by: [user:ana]}", "ana@example.com"))
    start(office, "made", name="one")
    approve, reject = links(mails, "ana@example.com")
    token = approve.rsplit("/", 1)[1]
    changed = token[:-6] + ("A" if token[-6] != "A" else "B") + token[-5:]
    for wrong in [changed, "x", reject.rsplit("/", 1)[1][:-4]]:
        for method in ["GET", "POST"]:
            status, _, page = visit(office, f"{office.url}/decide/{wrong}", method)
            assert (status, "leads nowhere" in page) == (404, True)
    assert asked(office, "one")["decisions"] == []


def test_each_recipient_of_a_link_counts_once(office, mails):
    text = pipeline("two", "{by: [group:ops], count: 2}", "ana@example.com", "bo@example.com")
    call(office, "POST", "/pipelines", text=text)
    run = start(office, "two", name="one")["id"]
    approve, reject = links(mails, "ana@example.com")
    status, _, page = visit(office, approve, "POST")
    assert (status, "Your decision counts" in page, "1 of 2" in page) == (200, True, True)
    for link in [approve, reject]:
        status, _, page = visit(office, link, "POST")
        assert "Your decision counts" in page
    assert len(asked(office, "one")["decisions"]) == 1
    visit(office, links(mails, "bo@example.com")[0], "POST")
    found = ended(step_functions(office.url), run)
    assert '["link:ana@example.com","link:bo@example.com"]' in found["output"]


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("form: {percent: {type: integer, required: true}}", "questions to be answered"),
        ("not_by_starter: true", "Whoever started the run"),
    ],
)
def test_what_a_link_cannot_say_is_answered_in_the_console(office, mails, rule, why):
    text = pipeline("asks", f"{{by: [user:ana], {rule}}}", "ana@example.com")
    call(office, "POST", "/pipelines", text=text)
    start(office, "asks", name="one")
    approve, _ = links(mails, "ana@example.com")
    approval = asked(office, "one")
    for method in ["GET", "POST"]:
        status, _, page = visit(office, approve, method)
        assert status == 200 and why in page and "<form" not in page
        assert f"/approvals?id={approval['id']}" in page
    assert asked(office, "one")["decisions"] == []


def test_links_are_there_when_somebody_is_asked_and_nowhere_else(office):
    def refused(hook):
        text = textwrap.dedent(f"""
            pipeline: wrong
            tasks:
              ask:
                approve: {{by: [user:ana]}}
                hooks: {{{hook}}}
        """)
        with pytest.raises(Refused) as refusal:
            call(office, "POST", "/pipelines", text=text)
        return str(refusal.value)

    told = refused("on_start: [{uses: log, with: {message: '${{ approval.links.aprove }}'}}]")
    assert "there is no 'approval.links.aprove'" in told and "approve" in told
    told = refused("on_success: [{uses: log, with: {message: '${{ approval.links.approve }}'}}]")
    assert "hooks.on_start" in told
