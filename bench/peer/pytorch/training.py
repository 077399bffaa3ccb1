"""A training step with AdamW from raw pixels and ids: forward, backward, update, and reading the loss."""
import time

import torch
import torch.nn.functional as F

from inputs import batch_of, compiled, count, create, raw_samples


def measure(job):
    model = create(job).train()
    if job["frozen"]:
        model.tower.requires_grad_(False)
        model.tower.eval()
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups = [
        {"params": [p for p in trained if p.dim() > 1]},
        {"params": [p for p in trained if p.dim() <= 1], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=1e-5, weight_decay=0.01, fused="fused" in job["variant"])
    forward, samples, ms = compiled(model, job), raw_samples(job), []
    target = torch.randint(0, job["classes"], (job["batchSize"],))
    for _ in range(job["warmUp"] + job["repetitions"]):
        started = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16, enabled=job.get("precision") == "bf16-mixed"):
            loss = F.cross_entropy(forward(*batch_of(samples, job)), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss.item()
        ms.append(1000 * (time.perf_counter() - started))
    return {"ms": ms[job["warmUp"] :], "numParameters": count(model)}
