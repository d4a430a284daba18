"""What of AWS's model is covered, and whether docs/coverage.md says so.

WRITE_COVERAGE=1 writes the document instead of comparing it.
"""

import os

import pytest

import model
from scenes import coverage, missing, perform
from server import REPOSITORY

DOCUMENT = REPOSITORY / "docs/coverage.md"


@pytest.fixture(scope="module")
def seen(server, tmp_path_factory):
    return perform(server.url, tmp_path_factory.mktemp("scenes"))


def rows(seen):
    return [row for action in model.ACTIONS for row in coverage.rows(seen, action)]


def test_what_no_scene_shows_has_a_reason(seen):
    silent = [row.title for row in rows(seen) if not row.scene and not row.reason]
    assert silent == []


def test_what_a_scene_shows_needs_no_reason(seen):
    stale = [row.title for row in rows(seen) if row.scene and row.reason]
    assert stale == []


def test_answers_hold_nothing_the_model_does_not_know(seen):
    for action, shown in seen.answers.items():
        known = set(model.outputs(action))
        # Maps are keyed by names of the user's.
        free = {
            path for path in shown if path[:-1][-1:] in [("variableReferences",), ("assignedVariables",)]
        }
        assert set(shown) - free <= known, action


def test_the_document_says_what_was_seen(seen, sfn):
    written = coverage.document(seen, sfn)
    if os.environ.get("WRITE_COVERAGE"):
        DOCUMENT.write_text(written)
    assert DOCUMENT.read_text() == written, "run with WRITE_COVERAGE=1 and read the difference"
