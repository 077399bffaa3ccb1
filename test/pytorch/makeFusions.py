"""python test/pytorch/makeFusions.py: writes test/fixtures/gated_tiny.json and bottleneck_tiny.json.

PyTorch's own modules do the work: nn.TransformerEncoderLayer with norm_first is the layer of the bottleneck fusion. Names
are those of our parameters, shapes are PyTorch's. Needs torch and numpy.
"""

import json
from pathlib import Path

import numpy as np
import torch
from torch import nn

from formula import parameter, values

FIXTURES = Path(__file__).parent.parent / "fixtures"
MODALITIES = {
    "image": {"tokenWidth": 6, "maxTokens": 4, "fixedLength": True},
    "text": {"tokenWidth": 5, "maxTokens": 7, "fixedLength": False},
    "sound": {"tokenWidth": 3, "maxTokens": 3, "fixedLength": True},
}
MASKS = {
    "image": [[1, 1, 1, 1], [1, 1, 1, 1], [0, 0, 0, 0]],
    "text": [[1, 1, 1, 1, 1, 1], [1, 1, 1, 0, 0, 0], [1, 1, 1, 1, 0, 0]],
    "sound": [[1, 1, 1], [0, 0, 0], [1, 1, 1]],
}


class Parameters:
    """Tensors by name, made by the formula when first asked for."""

    def __init__(self):
        self.tensors = {}

    def __call__(self, name, *shape):
        if name not in self.tensors:
            self.tensors[name] = torch.tensor(parameter(name, shape), dtype=torch.float64, requires_grad=True)
        return self.tensors[name]


def features(name, tokens, mask):
    if MODALITIES[name]["fixedLength"]:
        return (tokens * mask[..., None]).flatten(1)
    return (tokens * mask[..., None]).sum(1) / mask.sum(1, keepdim=True).clamp(min=1)


def gated(blocks, weights, config):
    """The unit as the paper has it; an absent modality drops out."""
    size = config["hiddenSize"]
    xs = {name: features(name, *block) for name, block in blocks.items()}
    here = {name: mask.amax(1, keepdim=True) for name, (_, mask) in blocks.items()}
    everything = torch.cat(list(xs.values()), 1)
    hidden = {
        name: torch.tanh(nn.functional.linear(x, weights(f"hidden.{name}.weight", size, x.shape[1])))
        for name, x in xs.items()
    }
    gate = lambda name: torch.sigmoid(
        nn.functional.linear(everything, weights(f"gates.{name}.weight", size, everything.shape[1]))
    )
    if len(xs) != 2:
        return sum(here[name] * gate(name) * hidden[name] for name in xs)
    first, second = xs
    z = gate(first)
    both, only_first, only_second = (
        here[first] * here[second],
        here[first] * (1 - here[second]),
        here[second] * (1 - here[first]),
    )
    mixed = z * hidden[first] + (1 - z) * hidden[second]
    return both * mixed + only_first * hidden[first] + only_second * hidden[second]


def encoder_layer(weights, prefix, config):
    """PyTorch's layer as a function of our parameters."""
    width, inner = config["hiddenSize"], config["intermediateSize"]
    layer = nn.TransformerEncoderLayer(
        width,
        config["numHeads"],
        inner,
        dropout=0,
        activation="gelu",
        layer_norm_eps=config["layerNormEpsilon"],
        batch_first=True,
        norm_first=True,
        dtype=torch.float64,
    )
    w = lambda name, *shape: weights(f"{prefix}.{name}", *shape)
    joined = lambda kind, *shape: torch.cat([w(f"attention.{part}.{kind}", *shape) for part in ("query", "key", "value")])
    state = {
        "self_attn.in_proj_weight": joined("weight", width, width),
        "self_attn.in_proj_bias": joined("bias", width),
        "self_attn.out_proj.weight": w("attention.output.weight", width, width),
        "self_attn.out_proj.bias": w("attention.output.bias", width),
        "norm1.weight": w("attention.norm.weight", width),
        "norm1.bias": w("attention.norm.bias", width),
        "linear1.weight": w("feedForward.intermediate.weight", inner, width),
        "linear1.bias": w("feedForward.intermediate.bias", inner),
        "linear2.weight": w("feedForward.output.weight", width, inner),
        "linear2.bias": w("feedForward.output.bias", width),
        "norm2.weight": w("feedForward.norm.weight", width),
        "norm2.bias": w("feedForward.norm.bias", width),
    }
    return lambda x, mask: torch.func.functional_call(layer, state, (x,), {"src_key_padding_mask": mask == 0})


def bottleneck(blocks, weights, config):
    """The bottleneck tokens, and the mean of the [CLS] states; an absent modality counts in no mean."""
    width, count = config["hiddenSize"], config["numBottlenecks"]
    batch = next(iter(blocks.values()))[1].shape[0]
    present = {name: mask.amax(1) for name, (_, mask) in blocks.items()}
    mean = lambda by_name: sum(by_name[n] * present[n].reshape(-1, *[1] * (by_name[n].dim() - 1)) for n in by_name) / sum(
        present.values()
    ).reshape(-1, *[1] * (next(iter(by_name.values())).dim() - 1))
    streams, masks = {}, {}
    for name, (tokens, mask) in blocks.items():
        prefix = f"streams.{name}"
        projected = nn.functional.linear(
            tokens,
            weights(f"{prefix}.projection.weight", width, tokens.shape[2]),
            weights(f"{prefix}.projection.bias", width),
        )
        cls = weights(f"{prefix}.cls", 1, width).expand(batch, 1, width)
        places = weights(f"{prefix}.position", 1 + MODALITIES[name]["maxTokens"], width)
        streams[name] = torch.cat([cls, projected], 1) + places[: 1 + tokens.shape[1]]
        masks[name] = torch.cat([torch.ones(batch, 1), mask], 1)
    shared = weights("bottlenecks", count, width).expand(batch, count, width)
    for i in range(config["numLayers"]):
        made = {}
        for name in streams:
            layer = encoder_layer(weights, f"streams.{name}.layers.{i}", config)
            if i < config["fusionLayer"]:
                streams[name] = layer(streams[name], masks[name])
                continue
            length = streams[name].shape[1]
            both = layer(torch.cat([streams[name], shared], 1), torch.cat([masks[name], torch.ones(batch, count)], 1))
            streams[name], made[name] = both[:, :length], both[:, length:]
        if made:
            shared = mean(made)
    norm = lambda name: nn.functional.layer_norm(
        streams[name][:, 0],
        (width,),
        weights(f"streams.{name}.norm.weight", width),
        weights(f"streams.{name}.norm.bias", width),
        config["layerNormEpsilon"],
    )
    return mean({name: norm(name) for name in streams})


def full(array):
    rounded = [float(f"{x:.9g}") for x in np.asarray(array).ravel().tolist()]
    return {"shape": list(np.shape(array)), "data": rounded}


def case(fuse, names, config):
    weights = Parameters()
    blocks = {}
    for name in names:
        mask = torch.tensor(MASKS[name], dtype=torch.float64)
        shape = (*mask.shape, MODALITIES[name]["tokenWidth"])
        tokens = torch.tensor(values(f"input.{name}", shape, 1), dtype=torch.float64, requires_grad=True)
        blocks[name] = (tokens, mask)
    pooled = fuse(blocks, weights, config)
    probe = torch.tensor(values("probe", tuple(pooled.shape), 1), dtype=torch.float64)
    loss = (pooled * probe).sum()
    loss.backward()
    return {
        "config": config,
        "modalities": [{"modality": name, **MODALITIES[name], "mask": MASKS[name]} for name in names],
        "state_dict": {name: list(tensor.shape) for name, tensor in weights.tensors.items()},
        "zero_in_theory": [name for name in weights.tensors if name.endswith("attention.key.bias")],
        "pooled": full(pooled.detach().numpy()),
        "loss": float(f"{loss.item():.9g}"),
        "gradients": {
            "scale_floor": 1e-2,
            "by_name": {name: full(tensor.grad.numpy()) for name, tensor in weights.tensors.items()},
        },
        "token_gradients": {name: full(tokens.grad.numpy()) for name, (tokens, _) in blocks.items()},
    }


def write(name, about, fusion, cases):
    document = {
        "kind": "fusion",
        "about": about,
        "name_prefix": "",
        "reference_dtype": "float64",
        "tolerance": 1e-4,
        "gradient_tolerance": 1e-4,
        "fusion": fusion,
        "cases": cases,
    }
    text = json.dumps(document, separators=(",", ":")) + "\n"
    (FIXTURES / f"{name}.json").write_text(text)
    manifest = json.loads((FIXTURES / "manifest.json").read_text())
    manifest["files"][f"{name}.json"] = {"bytes": len(text.encode()), "about": about}
    manifest["files"] = dict(sorted(manifest["files"].items()))
    (FIXTURES / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")


ABOUT = (
    "Tokens are values('input.<modality>', shape, 1); the loss is sum(pooled * values('probe', shape, 1)). Parameters have "
    "the names of the fusion's own and PyTorch's shapes. "
)
SMALL = {"hiddenSize": 8, "numHeads": 2, "intermediateSize": 12, "numBottlenecks": 2, "layerNormEpsilon": 1e-6}

if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    write(
        "gated_tiny",
        ABOUT + "Gated multimodal unit, arXiv 1702.01992.",
        "gated",
        {
            "bimodal": case(gated, ["image", "text"], {"hiddenSize": 4}),
            "multimodal": case(gated, ["image", "text", "sound"], {"hiddenSize": 4}),
        },
    )
    write(
        "bottleneck_tiny",
        ABOUT + "Attention bottlenecks, arXiv 2107.00135; layers are nn.TransformerEncoderLayer.",
        "bottleneck",
        {
            "two modalities": case(bottleneck, ["image", "text"], {**SMALL, "numLayers": 3, "fusionLayer": 1}),
            "three modalities": case(
                bottleneck, ["image", "text", "sound"], {**SMALL, "numLayers": 2, "fusionLayer": 0}
            ),
        },
    )
