"""Asks the approver: puts the question and the task token where the approver will find them.

A real one would send a mail with two links. This one writes a file per question to the outbox, and
the token in it is what `approve.sh` answers with.
"""

import json
import pathlib
import sys

request = json.load(sys.stdin)
outbox = pathlib.Path(request["outbox"])
outbox.mkdir(parents=True, exist_ok=True)
question = outbox / f"{request['execution']}.json"
written = question.with_suffix(".part")
written.write_text(json.dumps({"question": request["question"], "token": request["token"]}))
# Renaming makes the question appear whole.
written.rename(question)
json.dump({"asked": str(question)}, sys.stdout)
