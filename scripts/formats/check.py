"""Reads what Trivium wrote with the libraries that it was written for. Arguments: the folder of the every-eval-ever wheel, the
folder of an export, the folder of a trained model."""
import glob
import json
import os
import sys
import zipfile

import jsonschema
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

wheels, export, model = sys.argv[1:]

[wheel] = glob.glob(os.path.join(wheels, "every_eval_ever-*.whl"))
with zipfile.ZipFile(wheel) as files:
    schema = json.loads(files.read("every_eval_ever/schemas/eval.schema.json"))
records = glob.glob(os.path.join(export, "**", "*.json"), recursive=True)
assert records, "no record was exported"
results = 0
for path in records:
    with open(path, encoding="utf8") as file:
        record = json.load(file)
    jsonschema.validate(record, schema)
    results += len(record["evaluation_results"])
print(f"every-eval-ever {schema['version']}: {len(records)} record, {results} results valid")

with open(os.path.join(model, "metrics.jsonl"), encoding="utf8") as file:
    lines = [json.loads(line) for line in file]
events = EventAccumulator(os.path.join(model, "tensorboard"))
events.Reload()
tags = events.Tags()["scalars"]
assert "loss" in tags and "validation, bits a character" in tags, tags
losses = [(event.step, event.value) for event in events.Scalars("loss")]
assert len(losses) == len(lines), (len(losses), len(lines))
for (step, value), line in zip(losses, lines):
    assert step == line["step"] and abs(value - line["loss"]) < 1e-6 * abs(value), (step, value, line)
print(f"tensorboard: {len(tags)} tags, {len(losses)} steps, each loss as in metrics.jsonl")
