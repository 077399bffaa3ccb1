"""Models by name and random batches of the sizes that a job gives."""
from importlib import import_module

import torch

import models

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def create(job):
    """The job's model, in the memory format of its variant."""
    classes = job["classes"]
    make = {
        "bert": lambda: models.Bert(job["vocabulary"], classes),
        "resnet152": lambda: models.Resnet(classes),
        "mmbt": lambda: models.large_mmbt(job["vocabulary"], classes),
    }
    model = make[job["model"]]()
    return model.to(memory_format=torch.channels_last) if "channels_last" in job["variant"] else model


def compiled(model, job):
    """The function to call: the model, or what torch.compile makes of it."""
    if "compile" not in job["variant"]:
        return model
    if "freezing" in job["variant"]:
        import_module("torch._inductor.config").freezing = True
    return torch.compile(model)


def raw_samples(job):
    """What each sample starts as: bytes of pixels [3, 224, 224] and ids [T], as the job's model takes them."""
    samples = []
    for _ in range(job["batchSize"]):
        picture = torch.randint(0, 256, (3, job["imageSize"], job["imageSize"]), dtype=torch.uint8)
        ids = torch.randint(5, job["vocabulary"], (job["textTokens"],))
        samples.append({"resnet152": (picture,), "bert": (ids,), "mmbt": (picture, ids)}[job["model"]])
    return samples


def batch_of(samples, job):
    """Samples -> normalised pictures [B, 3, H, W] and ids [B, T]."""
    parts = []
    for column in zip(*samples):
        part = torch.stack(column)
        if part.dtype == torch.uint8:
            mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (MEAN, STD))
            part = part.float().div_(255).sub_(mean).div_(std)
            if "channels_last" in job["variant"]:
                part = part.contiguous(memory_format=torch.channels_last)
        parts.append(part)
    return parts


def count(model):
    return sum(parameter.numel() for parameter in model.parameters())
