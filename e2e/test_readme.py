"""The workflow of the README is what it says: its blocks are written to files and run."""

import json
import re
import subprocess

import pytest

from server import BINARY, REPOSITORY


@pytest.fixture
def workflow(tmp_path):
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    chapter = text.split("## Your own workflow")[1].split("\n## ")[0]
    blocks = dict(re.findall(r"```(\w+)\n(.*?)```", chapter, re.DOTALL))
    (tmp_path / "hello.asl.json").write_text(blocks["json"])
    (tmp_path / "compasso.toml").write_text(blocks["toml"])
    (tmp_path / "greet.py").write_text(blocks["python"])
    return tmp_path


def compasso(directory, *arguments):
    done = subprocess.run(
        [BINARY, *arguments], cwd=directory, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_workflow_of_the_readme_validates_and_runs(workflow):
    compasso(workflow, "validate", "hello.asl.json")
    output = compasso(workflow, "run", "hello.asl.json", "--input", '{"name": "you"}')
    assert json.loads(output) == {"greeting": "Hello, you"}
