"""Writes the files of weights anew as safetensors' own library does, which starts arrays at a multiple of 8 bytes."""
import os

from safetensors.torch import load_file, save_file


def measure(job):
    for name in ("bert", "resnet"):
        path = f"{job['saved']}.{name}.safetensors"
        save_file(load_file(path), path + ".new", {"format": "pt"})
        os.replace(path + ".new", path)
    return {"ms": []}
