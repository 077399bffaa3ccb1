"""Saves the MMBT that start.py loads, in both formats."""
import torch
from safetensors.torch import save_file

import models


def measure(job):
    model = models.large_mmbt(job["vocabulary"], job["classes"])
    torch.save(model.state_dict(), job["saved"] + ".pt")
    save_file(model.state_dict(), job["saved"] + ".safetensors")
    return {"ms": [], "numParameters": 0}
