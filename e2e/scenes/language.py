"""The fields of the Amazon States Language, and which conformance cases use them."""

import json
import re
from functools import cache

from server import REPOSITORY

CASES = REPOSITORY / "conformance"
FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)

ALWAYS = ["Type", "Comment", "QueryLanguage"]
NEXT = ["Next", "End"]
PATHS = ["InputPath", "OutputPath"]
FAILING = ["Retry", "Catch"]

# Each kind of object, and the fields that the language gives it.
FIELDS = {
    "state machine": [
        *["StartAt", "States", "Comment", "QueryLanguage", "TimeoutSeconds", "Version"],
    ],
    "Task": [
        *[*ALWAYS, *NEXT, *PATHS, *FAILING, "Resource", "Parameters", "Arguments"],
        *["ResultSelector", "ResultPath", "Output", "Assign", "Credentials"],
        *["TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath"],
    ],
    "Pass": [*ALWAYS, *NEXT, *PATHS, "Result", "Parameters", "ResultPath", "Output", "Assign"],
    "Choice": [*ALWAYS, *PATHS, "Choices", "Default", "Output", "Assign"],
    "Wait": [
        *[*ALWAYS, *NEXT, *PATHS, "Output", "Assign"],
        *["Seconds", "Timestamp", "SecondsPath", "TimestampPath"],
    ],
    "Succeed": [*ALWAYS, *PATHS, "Output"],
    "Fail": [*ALWAYS, "Error", "Cause", "ErrorPath", "CausePath"],
    "Parallel": [
        *[*ALWAYS, *NEXT, *PATHS, *FAILING, "Branches", "Parameters", "Arguments"],
        *["ResultSelector", "ResultPath", "Output", "Assign"],
    ],
    "Map": [
        *[*ALWAYS, *NEXT, *PATHS, *FAILING, "ItemProcessor", "Iterator", "ItemsPath", "Items"],
        *["ItemSelector", "Parameters", "ResultSelector", "ResultPath", "Output", "Assign"],
        *["MaxConcurrency", "MaxConcurrencyPath", "ItemReader", "ItemBatcher", "ResultWriter"],
        *["ToleratedFailureCount", "ToleratedFailureCountPath", "ToleratedFailurePercentage"],
        *["ToleratedFailurePercentagePath", "Label"],
    ],
    "ProcessorConfig": ["Mode", "ExecutionType"],
    "ItemReader": ["Resource", "Parameters", "Arguments", "ReaderConfig"],
    "ReaderConfig": [
        *["InputType", "Transformation", "ManifestType", "CSVDelimiter", "CSVHeaderLocation"],
        *["CSVHeaders", "MaxItems", "MaxItemsPath", "ItemsPointer"],
    ],
    "ItemBatcher": [
        *["MaxItemsPerBatch", "MaxItemsPerBatchPath", "MaxInputBytesPerBatch"],
        *["MaxInputBytesPerBatchPath", "BatchInput"],
    ],
    "ResultWriter": ["Resource", "Parameters", "Arguments", "WriterConfig"],
    "WriterConfig": ["OutputType", "Transformation"],
    "Retry": [
        *["ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds"],
        *["JitterStrategy", "Comment"],
    ],
    "Catch": ["ErrorEquals", "Next", "ResultPath", "Output", "Assign", "Comment"],
    "Choice rule": [
        *["Next", "Assign", "Output", "Comment", "Condition", "Variable", "And", "Or", "Not"],
        *["StringMatches", "BooleanEquals", "BooleanEqualsPath"],
        *[
            f"{kind}{operator}{path}"
            for kind in ["String", "Numeric", "Timestamp"]
            for operator in [
                *["Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals"],
            ]
            for path in ["", "Path"]
        ],
        *["IsNull", "IsString", "IsNumeric", "IsBoolean", "IsTimestamp", "IsPresent"],
    ],
}

# Objects within objects: the field that holds them, and what they are.
INNER = {
    "ProcessorConfig": "ProcessorConfig",
    "ItemReader": "ItemReader",
    "ReaderConfig": "ReaderConfig",
    "ItemBatcher": "ItemBatcher",
    "ResultWriter": "ResultWriter",
    "WriterConfig": "WriterConfig",
    "Retry": "Retry",
    "Catch": "Catch",
    "Choices": "Choice rule",
    "And": "Choice rule",
    "Or": "Choice rule",
    "Not": "Choice rule",
}
BLOCKS = ["ItemProcessor", "Iterator", "Branches"]


@cache
def shown():
    """The first page, in the order of their names, with a case that runs each field."""
    first = {}
    for page in sorted(CASES.glob("*.md")):
        for definition in definitions(page.read_text()):
            for used in machine(definition):
                first.setdefault(used, page.name)
    return first


def definitions(text):
    """The definitions of the cases of a page that are run, not only looked at."""
    for case in text.split("\n## ")[1:]:
        blocks = {info.split()[-1]: content for info, content in FENCE.findall(case) if info}
        if "definition" in blocks and "outcome" in blocks:
            yield json.loads(blocks["definition"])


def machine(definition):
    yield from (("state machine", field) for field in definition)
    yield from block(definition)


def block(definition):
    for state in definition.get("States", {}).values():
        yield from fields(state.get("Type"), state)


def fields(kind, content):
    for name, value in content.items():
        yield kind, name
        inside = value if isinstance(value, list) else [value]
        for item in inside:
            if not isinstance(item, dict):
                continue
            if name in INNER:
                yield from fields(INNER[name], item)
            if name in BLOCKS:
                yield from fields("block", item)
                yield from block(item)


def section():
    first = shown()
    total = [(kind, name) for kind, names in FIELDS.items() for name in names]
    covered = sum(use in first for use in total)
    lines = [
        "## Amazon States Language",
        "",
        "Each field that the language has, and the first page of `conformance/` with a case that runs",
        f"it: {covered} of {len(total)}. Fields without one are checked by the tests of `crates/asl`.",
        "",
        "| object | field | shown by |",
        "|---|---|---|",
    ]
    for kind, name in total:
        page = first.get((kind, name))
        where = f"[{page}](../conformance/{page})" if page else "no case"
        lines.append(f"| {kind} | `{name}` | {where} |")
    return "\n".join(lines) + "\n"
