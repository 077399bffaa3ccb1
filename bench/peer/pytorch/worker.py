"""Measures one piece of work in PyTorch: python worker.py JOB.json, which ../works.mjs describes.

The last line printed is a JSON object: `ms` (one value for each repetition), `peakBytes`, `numParameters`, `versions`.
`variant` is a list of words: eager or compile, channels_last, fused, freezing.
"""
import json
import sys
from importlib import import_module
from pathlib import Path

job = json.loads(Path(sys.argv[1]).read_text())
if job["kind"] == "start":  # nothing is imported that a first prediction does not need
    import_module("start").run(job)
else:
    import torch

    torch.set_num_threads(job["threads"])
    torch.manual_seed(1)
    found = import_module(job["kind"]).measure(job)
    versions = f"PyTorch, {torch.get_num_threads()} thread(s)"
    print(json.dumps({"peakBytes": import_module("memory").peak_bytes(), "versions": versions, **found}))
