"""Counts the words of input.txt; the result is one JSON document, as Modzy's models leave it."""

import collections
import json
import os
import re
from pathlib import Path

text = Path(os.environ["BATCH_INPUT_DIR"], "input.txt").read_text(encoding="utf-8")
counts = collections.Counter(re.findall(r"\w+", text.lower()))
results = {"words": sum(counts.values()), "distinct": len(counts), "most common": counts.most_common(5)}
Path(os.environ["BATCH_OUTPUT_DIR"], "results.json").write_text(json.dumps(results, ensure_ascii=False))
