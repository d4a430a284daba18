"""Two programs of the report: `sales` reads the day's figures, `render` makes text of them."""

import json
import os
import sys


def sales():
    # The figures of a day are made from its date, so that the example gives the same every time.
    seed = sum(int(part) for part in os.environ["REPORT_DAY"].split("-"))
    return {"orders": seed % 97, "revenue": seed % 97 * 23}


def render():
    figures = json.load(sys.stdin)
    return {
        "text": f"{figures['day']}: {figures['visitors']} visitors placed {figures['orders']} "
        f"orders worth {figures['revenue']} euros"
    }


if __name__ == "__main__":
    json.dump({"sales": sales, "render": render}[sys.argv[1]](), sys.stdout)
