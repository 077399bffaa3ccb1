"""A forward pass over a batch: joining the samples, the pass, and reading the logits."""
import time

import torch

from inputs import batch_of, compiled, count, create, raw_samples


def measure(job):
    model = create(job).eval()
    forward, samples, ms = compiled(model, job), raw_samples(job), []
    prepared = [batch_of([sample], job) for sample in samples]
    with torch.inference_mode():
        for _ in range(job["warmUp"] + job["repetitions"]):
            started = time.perf_counter()
            forward(*(torch.cat(column) for column in zip(*prepared))).tolist()
            ms.append(1000 * (time.perf_counter() - started))
    return {"ms": ms[job["warmUp"] :], "numParameters": count(model)}
