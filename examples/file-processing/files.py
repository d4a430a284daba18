"""Lists the text files of a directory, or counts the words of one file. Prints JSON."""

import json
import pathlib
import sys


def list_files(directory):
    return {"files": sorted(str(path) for path in pathlib.Path(directory).glob("*.txt"))}


def count(path):
    return {"file": pathlib.Path(path).name, "words": len(pathlib.Path(path).read_text().split())}


if __name__ == "__main__":
    action, argument = sys.argv[1:]
    json.dump({"list": list_files, "count": count}[action](argument), sys.stdout)
