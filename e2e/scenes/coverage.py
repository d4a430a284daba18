"""What the scenes show of the model, as rows and as a document."""

from dataclasses import dataclass

import model

from scenes import integrations, language, missing

HEAD = """# Coverage

What of the AWS Step Functions API (service model 2016-11-23) this server covers, action by action.
`make e2e` writes this page from what it sees: each member and each error is shown by a scene, a few
calls of boto3 against the real binary (`e2e/scenes`), or there is a reason why it is not. That each
bound of a request's members is kept is tested by the model itself (`e2e/test_model.py`).

A member that is shown is checked, kept and answered. It does what Amazon's does but for two: an
`encryptionConfiguration` encrypts nothing, as the server calls no KMS, and a `roleArn` gives no rights.

Below the actions: the [language](#amazon-states-language), field by field, and the
[integrations](#integrations) of tasks.

"""


@dataclass
class Row:
    """A member or an error: the scene that shows it, or why none does."""

    action: str
    kind: str
    name: str
    scene: str | None
    reason: str | None

    @property
    def title(self):
        return f"{self.action} {self.kind} {self.name}"


def rows(seen, action):
    """The rows of an action: members of the request, of the answer, errors."""
    for path, _, _ in model.inputs(action):
        name = ".".join(path)
        shown = seen.requests.get(action, {}).get(path)
        yield Row(action, "request", name, shown, missing.why_no_member(action, name))
    for path in model.outputs(action):
        name = ".".join(path)
        shown = seen.answers.get(action, {}).get(path)
        yield Row(action, "answer", name, shown, missing.why_no_member(action, name))
    for error in model.errors(action):
        shown = seen.errors.get(action, {}).get(error)
        yield Row(action, "error", error, shown, missing.why_no_error(action, error))


def document(seen, sfn):
    by_action = {action: list(rows(seen, action)) for action in model.ACTIONS}
    parts = [HEAD, summary(by_action)]
    parts += [section(action, found) for action, found in by_action.items()]
    parts += [language.section(), integrations.section(sfn)]
    return "\n".join(parts)


def summary(by_action):
    lines = ["| action | request | answer | errors |", "|---|---|---|---|"]
    for action, found in by_action.items():
        counts = " | ".join(count(found, kind) for kind in ["request", "answer", "error"])
        lines.append(f"| [{action}](#{action.lower()}) | {counts} |")
    everything = [row for found in by_action.values() for row in found]
    counts = " | ".join(count(everything, kind) for kind in ["request", "answer", "error"])
    lines.append(f"| **all** | {counts} |")
    return "\n".join(lines) + "\n"


def count(found, kind):
    of_kind = [row for row in found if row.kind == kind]
    return f"{sum(bool(row.scene) for row in of_kind)} of {len(of_kind)}" if of_kind else "none"


def section(action, found):
    lines = [f"## {action}", "", "| | | shown by |", "|---|---|---|"]
    for row in found:
        how = f"{row.scene}" if row.scene else f"not shown: {row.reason}"
        lines.append(f"| {row.kind} | `{row.name}` | {how} |")
    return "\n".join(lines) + "\n"
