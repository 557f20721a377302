"""Scores the customers of one CSV file: who is likely to leave?

Reads customers.csv from BATCH_INPUT_DIR, writes scores.csv and summary.json to BATCH_OUTPUT_DIR.
"""

import csv
import json
import math
import os
from pathlib import Path

WEIGHTS = {"months": -0.04, "calls": 0.55, "bill": 0.012}
BIAS = -1.6


def probability(customer):
    z = BIAS + sum(weight * float(customer[name]) for name, weight in WEIGHTS.items())
    return 1 / (1 + math.exp(-z))


def main():
    source = Path(os.environ["BATCH_INPUT_DIR"], "customers.csv")
    target = Path(os.environ["BATCH_OUTPUT_DIR"])
    with source.open(newline="", encoding="utf-8") as rows:
        scores = [(row["customer"], probability(row)) for row in csv.DictReader(rows)]
    with (target / "scores.csv").open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(["customer", "churn"])
        writer.writerows((name, f"{score:.4f}") for name, score in scores)
    leaving = sum(score > 0.5 for _, score in scores)
    (target / "summary.json").write_text(json.dumps({"customers": len(scores), "likely to leave": leaving}) + "\n")
    print(f"scored {len(scores)} customers, {leaving} are likely to leave")


if __name__ == "__main__":
    main()
