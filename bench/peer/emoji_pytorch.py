"""The emoji recipe in PyTorch, for bench/peer.mjs: python emoji_pytorch.py DATA MODEL EPOCHS [--threads 1]

MODEL is `image-only` or `mmbt`. Prints one JSON line: seconds of training (data in memory before the clock starts) and
peak memory. Needs torch and torchvision. Same sizes, batches, augmentation and update as examples/emoji/specs; the
picture tower is frozen for the first 15 % of MMBT's epochs, as there.
"""
import argparse
import json
import math
import resource
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn
from torchvision.io import ImageReadMode, decode_image
from torchvision.models.resnet import BasicBlock

WIDTH, HIDDEN, LAYERS, HEADS, CLASSES, BATCH, SIZE = 16, 128, 2, 4, 8, 32, 32


class Tower(nn.Module):
    """ResNet-18 blocks behind a 3×3 stem of stride 2."""

    def __init__(self):
        super().__init__()
        channels, blocks = WIDTH, []
        for stage, stride in enumerate((1, 2, 2, 2)):
            out = WIDTH << stage
            for index in range(2):
                step = stride if index == 0 else 1
                same = step == 1 and channels == out
                down = None if same else nn.Sequential(nn.Conv2d(channels, out, 1, step, bias=False), nn.BatchNorm2d(out))
                blocks.append(BasicBlock(channels, out, step, down))
                channels = out
        stem = [nn.Conv2d(3, WIDTH, 3, 2, 1, bias=False), nn.BatchNorm2d(WIDTH), nn.ReLU(True)]
        self.layers = nn.Sequential(*stem, *blocks)
        self.width = channels
        self.to(memory_format=torch.channels_last)

    def forward(self, pictures):
        return self.layers(pictures.contiguous(memory_format=torch.channels_last))


class BertLayer(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(HIDDEN, 3 * HIDDEN)
        self.out = nn.Linear(HIDDEN, HIDDEN)
        self.norm1, self.norm2 = nn.LayerNorm(HIDDEN, 1e-12), nn.LayerNorm(HIDDEN, 1e-12)
        self.up, self.down = nn.Linear(HIDDEN, 4 * HIDDEN), nn.Linear(4 * HIDDEN, HIDDEN)
        self.drop = nn.Dropout(0.1)

    def forward(self, x, mask):
        b, s, _ = x.shape
        q, k, v = self.qkv(x).view(b, s, 3, HEADS, HIDDEN // HEADS).permute(2, 0, 3, 1, 4)
        a = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=0.1 if self.training else 0.0)
        x = self.norm1(x + self.drop(self.out(a.transpose(1, 2).reshape(b, s, HIDDEN))))
        return self.norm2(x + self.drop(self.down(F.gelu(self.up(x)))))


class ImageOnly(nn.Module):
    def __init__(self, _vocabulary):
        super().__init__()
        self.tower = Tower()
        self.head = nn.Sequential(nn.Dropout(0.1), nn.Linear(self.tower.width, CLASSES))

    def forward(self, pictures, _ids):
        return self.head(self.tower(pictures).mean((2, 3)))


class Mmbt(nn.Module):
    """[CLS] 2×2 picture tokens [SEP] keyword, through one transformer."""

    def __init__(self, vocabulary):
        super().__init__()
        self.tower = Tower()
        self.project = nn.Linear(self.tower.width, HIDDEN)
        self.words = nn.Embedding(vocabulary, HIDDEN, padding_idx=0)
        self.positions, self.segments = nn.Embedding(64, HIDDEN), nn.Embedding(2, HIDDEN)
        self.norm, self.drop = nn.LayerNorm(HIDDEN, 1e-12), nn.Dropout(0.1)
        self.layers = nn.ModuleList(BertLayer() for _ in range(LAYERS))
        self.pool = nn.Linear(HIDDEN, HIDDEN)
        self.head = nn.Sequential(nn.Dropout(0.1), nn.Linear(HIDDEN, CLASSES))

    def forward(self, pictures, ids):
        tokens = self.project(F.adaptive_avg_pool2d(self.tower(pictures), 2).flatten(2).transpose(1, 2))
        b, n, t = len(ids), tokens.shape[1], ids.shape[1]
        cls, sep = (self.words.weight[i].expand(b, 1, -1) for i in (1, 2))
        joined = torch.cat([cls, tokens, sep, self.words(ids)], 1)
        position = torch.cat([torch.arange(n + 2), torch.arange(t)])
        segment = torch.cat([torch.zeros(n + 2, dtype=torch.long), torch.ones(t, dtype=torch.long)])
        x = self.drop(self.norm(joined + self.positions(position) + self.segments(segment)))
        kept = torch.rand(b, 1) >= 0.2 if self.training else torch.ones(b, 1, dtype=torch.bool)
        always = torch.ones(b, 1, dtype=torch.bool)
        mask = torch.cat([always, kept.expand(b, n), always, ids > 0], 1)[:, None, None, :]
        for layer in self.layers:
            x = layer(x, mask)
        return self.head(torch.tanh(self.pool(x[:, 0])))


def load(folder):
    """Training rows by emoji, and every picture as a tensor at 32×32 (mean of 2×2 pixels)."""
    folder = Path(folder)
    rows = [json.loads(line) for line in (folder / "train.jsonl").read_text().splitlines()]
    labels = sorted({row["label"] for row in rows})
    paths = sorted({row[key] for row in rows for key in ("image", "image_alt")})
    pictures = torch.stack([decode_image(str(folder / path), ImageReadMode.RGB) for path in paths]).float() / 255
    pictures = F.avg_pool2d(pictures, pictures.shape[-1] // SIZE)
    mean, deviation = pictures.mean((0, 2, 3), keepdim=True), pictures.std((0, 2, 3), keepdim=True)
    words = sorted({word for row in rows for word in row["text"].split()})
    groups = {}
    for row in rows:
        groups.setdefault(row["id"].split("#")[0], []).append(
            ([paths.index(row["image"]), paths.index(row["image_alt"])],
             [3 + words.index(word) for word in row["text"].split()] + [2],
             labels.index(row["label"])))
    return list(groups.values()), (pictures - mean) / deviation, 3 + len(words)


def augment(x):
    """Scale, rotation, shift, flip, brightness and colour, one draw for each picture."""
    b = len(x)
    scale, turn = 1 + (torch.rand(b) - 0.5) * 0.4, (torch.rand(b) - 0.5) * 0.5
    flip, shift = torch.where(torch.rand(b) < 0.5, -1.0, 1.0), (torch.rand(b, 2) - 0.5) * 0.3
    top = torch.stack([scale * turn.cos() * flip, -scale * turn.sin(), shift[:, 0]], 1)
    bottom = torch.stack([scale * turn.sin() * flip, scale * turn.cos(), shift[:, 1]], 1)
    grid = F.affine_grid(torch.stack([top, bottom], 1), x.shape, align_corners=False)
    x = F.grid_sample(x, grid, padding_mode="border", align_corners=False)
    return x * (1 + (torch.rand(b, 1, 1, 1) - 0.5) * 0.4) + (torch.rand(b, 3, 1, 1) - 0.5) * 0.4


def batch_of(groups, chosen, pictures):
    rows = [groups[i][int(torch.randint(len(groups[i]), (1,)))] for i in chosen]
    index = torch.tensor([pair[int(torch.rand(()) < 0.5)] for pair, _, _ in rows])
    longest = max(len(ids) for _, ids, _ in rows)
    ids = torch.tensor([ids + [0] * (longest - len(ids)) for _, ids, _ in rows])
    return augment(pictures[index]), ids, torch.tensor([label for _, _, label in rows])


def train(model, groups, pictures, epochs, frozen):
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-4, weight_decay=0.01, fused=True)
    steps = epochs * math.ceil(len(groups) / BATCH)
    rate = lambda step: min(1, (step + 1) / (0.1 * steps)) * max(0.02, 1 - max(0, step / steps - 0.1) / 0.9)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
    for epoch in range(epochs):
        model.train()
        for parameter in model.tower.parameters():
            parameter.requires_grad_(epoch >= frozen)
        model.tower.train(epoch >= frozen)
        order = torch.randperm(len(groups)).tolist()
        for start in range(0, len(order), BATCH):
            x, ids, target = batch_of(groups, order[start : start + BATCH], pictures)
            loss = F.cross_entropy(model(x, ids), target)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_([p for p in model.parameters() if p.requires_grad], 1.0)
            optimizer.step()
            schedule.step()
            loss.item()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data")
    parser.add_argument("model", choices=["image-only", "mmbt"])
    parser.add_argument("epochs", type=int)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    groups, pictures, vocabulary = load(options.data)
    model = (Mmbt if options.model == "mmbt" else ImageOnly)(vocabulary)
    frozen = round(0.15 * options.epochs) if options.model == "mmbt" else 0
    train(model, groups[:BATCH], pictures, 1, 0)  # warm-up
    started = time.perf_counter()
    train(model, groups, pictures, options.epochs, frozen)
    print(json.dumps({
        "seconds": time.perf_counter() - started,
        "peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "versions": f"PyTorch {torch.__version__}, {torch.get_num_threads()} thread(s)",
    }))


main()
