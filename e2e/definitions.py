"""Small definitions, and the names that files give them."""

PASS = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
BREAK = {"StartAt": "A", "States": {"A": {"Type": "Fail", "Error": "Broken", "Cause": "inside"}}}
HOLD = {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 3600, "End": True}}}


def name_of(path):
    return path.name.removesuffix(".asl.json")
