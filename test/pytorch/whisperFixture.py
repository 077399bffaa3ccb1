"""python whisperFixture.py > ../fixtures/whisper_encoder_tiny.json: what transformers' WhisperEncoder makes of weights and
features that the formula of test/fixtures/README.md gives, in float64. Needs torch and transformers."""
import json
import math

import torch
from transformers import WhisperConfig, WhisperModel

PREFIX, SHAPE, AMPLITUDE, TOLERANCE = "", [2, 8, 3000], 1.0, 1e-4
config = WhisperConfig(
    vocab_size=16, num_mel_bins=8, d_model=8, encoder_layers=2, encoder_attention_heads=2, encoder_ffn_dim=12,
    decoder_layers=1, decoder_attention_heads=2, decoder_ffn_dim=12, max_target_positions=8,
    pad_token_id=0, bos_token_id=1, eos_token_id=2, decoder_start_token_id=1,
)


def units(name, shape):
    n = math.prod(shape)
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = (seed ^ byte) * 0x01000193 % 2**32
    h = (seed + torch.arange(n, dtype=torch.int64) * 0x9E3779B1) % 2**32
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        h = h ^ (h >> shift)
        high, low = h >> 16, h & 0xFFFF  # int64 would overflow
        h = (low * factor + ((high * factor % 2**32) << 16)) % 2**32
    return h.double().reshape(shape) / 2**32


def values(name, shape, amplitude):
    return ((2 * units(name, shape) - 1) * amplitude).float().double()


def parameter(name, shape):
    full = PREFIX + name
    if len(shape) == 1:
        scale = name.endswith("weight")
        return (1 + 0.1 * (2 * units(full, shape) - 1)).float().double() if scale else values(full, shape, 0.02)
    if name.endswith("embed_positions.weight"):
        return None  # as it is: sines and cosines
    gain = {3: 2, 2: 1}[len(shape)]
    return values(full, shape, math.sqrt(3 * gain / math.prod(shape[1:])))


def summary(tensor):
    flat = tensor.detach().flatten()
    n = flat.numel()
    at = range(n) if n <= 64 else [k * (n - 1) // 63 for k in range(64)]
    number = lambda value: float(f"{float(value):.9g}")
    return {
        "shape": list(tensor.shape),
        "mean": number(flat.mean()),
        "std": number(flat.std(unbiased=False)),
        "l2": number(flat.norm()),
        "samples": [number(flat[i]) for i in at],
    }


model = WhisperModel(config).double().eval()
encoder = {f"model.{k}": v for k, v in model.state_dict().items() if k.startswith("encoder.")}
with torch.no_grad():
    for name, tensor in encoder.items():
        given = parameter(name, list(tensor.shape))
        if given is not None:
            tensor.copy_(given)
    states = model.encoder(values(PREFIX + "input.features", SHAPE, AMPLITUDE)).last_hidden_state
pooled = {str(n): summary(torch.nn.functional.adaptive_avg_pool1d(states.transpose(1, 2), n).transpose(1, 2)) for n in (10, 7)}
print(json.dumps({
    "kind": "whisper_encoder",
    "about": "A tiny WhisperModel's encoder in float64, eval mode; input.features is (batch, mel bins, frames). Positions are "
    "as transformers makes them; convolutions (out, in, k) have the formula's gain 2. Pooled: adaptive average pooling over time.",
    "name_prefix": PREFIX,
    "tolerance": TOLERANCE,
    "config": {k: getattr(config, k) for k in ("num_mel_bins", "d_model", "encoder_layers", "encoder_attention_heads", "encoder_ffn_dim")},
    "input": {"input.features": {"shape": SHAPE, "amplitude": AMPLITUDE}},
    "state_dict": {k: list(v.shape) for k, v in encoder.items()},
    "positions": summary(encoder["model.encoder.embed_positions.weight"]),
    "last_hidden_state": summary(states),
    "average_pool": pooled,
}))
