"""python videoFixture.py > ../fixtures/video_pool.json: what PyTorch's adaptive pooling to T×H×W makes of the feature maps
of frames that the formula of test/fixtures/README.md gives, in float64. Needs torch."""
import json

import formula
import torch
from torch.nn.functional import adaptive_avg_pool3d, adaptive_max_pool3d

TOLERANCE = 1e-4


def values(name, shape):
    return torch.as_tensor(formula.values(name, shape, 1)).double()


def record(tensor):
    return {"shape": list(tensor.shape), "data": [float(f"{float(v):.9g}") for v in tensor.detach().flatten()]}


cases = []
for shape in ([2, 5, 3, 4, 6], [1, 2, 3, 3, 3]):  # B, F, C, h, w
    for grid in ([2, 3, 3], [3, 1, 2], [shape[1], 2, 2]):
        for kind, pool in (("avg", adaptive_avg_pool3d), ("max", adaptive_max_pool3d)):
            maps = values("maps", shape).requires_grad_()
            pooled = pool(maps.transpose(1, 2), grid)  # B, C, T, H, W
            tokens = pooled.flatten(2).transpose(1, 2)  # B, T·H·W, C
            (tokens * values("probe", list(tokens.shape))).sum().backward()
            cases.append({"maps": shape, "grid": grid, "kind": kind, "output": record(tokens), "grad": record(maps.grad)})
print(json.dumps({"kind": "video_pool", "name_prefix": "", "tolerance": TOLERANCE, "cases": cases}))
