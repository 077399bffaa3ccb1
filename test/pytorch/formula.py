"""The formula that gives every weight and input of the fixtures; test/fixtures/README.md defines it."""

import math

import numpy as np

MASK = 0xFFFFFFFF


def seed_of(name):
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) & MASK
    return seed


def units(name, shape):
    """u in [0, 1) of every element, float64."""
    count = int(np.prod(shape, dtype=np.int64))
    h = (seed_of(name) + np.arange(count, dtype=np.uint64) * 0x9E3779B1) & MASK
    h ^= h >> np.uint64(16)
    h = (h * 0x85EBCA6B) & MASK
    h ^= h >> np.uint64(13)
    h = (h * 0xC2B2AE35) & MASK
    h ^= h >> np.uint64(16)
    return (h / 2**32).reshape(shape)


def values(name, shape, amplitude):
    return ((2 * units(name, shape) - 1) * amplitude).astype(np.float32)


def parameter(name, shape):
    """A parameter that is no convolution and no BatchNorm."""
    if name.endswith(("word_embeddings.weight", "position_embeddings.weight", "token_type_embeddings.weight")):
        return values(name, shape, 0.04)
    if len(shape) == 1 and name.endswith("weight"):
        return (1 + 0.1 * (2 * units(name, shape) - 1)).astype(np.float32)
    if len(shape) == 1:
        return values(name, shape, 0.02)
    if len(shape) == 2:
        return values(name, shape, math.sqrt(3 / shape[1]))
    raise ValueError(f"no rule for {name} of shape {shape}")
