"""The emoji recipe in PyTorch, with the sizes, batches, augmentation and update of examples/emoji/specs: 40 epochs of the
picture alone, then 20 of MMBT with the picture tower frozen for the first 15 %. Data are in memory before the clock starts.
"""
import json
import math
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn
from torchvision.io import ImageReadMode, decode_image
from torchvision.models.resnet import BasicBlock

from models import Mmbt, Transformer

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


class ImageOnly(nn.Module):
    def __init__(self, _vocabulary):
        super().__init__()
        self.tower = Tower()
        self.head = nn.Sequential(nn.Dropout(0.1), nn.Linear(self.tower.width, CLASSES))

    def forward(self, pictures, _ids, _kept=None):
        return self.head(self.tower(pictures).mean((2, 3)))


def mmbt(vocabulary):
    """[CLS] 2x2 picture tokens [SEP] keyword, through one transformer."""
    tower = Tower()
    transformer = Transformer(vocabulary, HIDDEN, LAYERS, HEADS, positions=64)
    return Mmbt(tower, tower.width, transformer, grid=2, classes=CLASSES, cls=1, sep=2)


def load(folder, vocabulary):
    """Training rows by emoji, words as ids below `vocabulary`, and every picture as a tensor at 32×32 (mean of 2×2 pixels)."""
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
             [min(3 + words.index(word), vocabulary - 1) for word in row["text"].split()],
             labels.index(row["label"])))
    return list(groups.values()), (pictures - mean) / deviation


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
            loss = F.cross_entropy(model(x, ids, torch.rand(len(x), 1) >= 0.2), target)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_([p for p in model.parameters() if p.requires_grad], 1.0)
            optimizer.step()
            schedule.step()
            loss.item()


def measure(job):
    """Milliseconds of both trainings after one warm-up epoch on a part of the data for each."""
    vocabulary = job["vocabulary"]
    groups, pictures = load(job["data"], vocabulary)
    spent, counts = [], []
    for create, epochs, frozen in (
        (lambda: ImageOnly(vocabulary), job["imageEpochs"], 0),
        (lambda: mmbt(vocabulary), job["mmbtEpochs"], round(0.15 * job["mmbtEpochs"])),
    ):
        train(create(), groups[: 2 * BATCH], pictures, 2, 1 if frozen else 0)
        model = create()
        started = time.perf_counter()
        train(model, groups, pictures, epochs, frozen)
        spent.append(1000 * (time.perf_counter() - started))
        counts.append(sum(p.numel() for p in model.parameters()))
    return {"ms": [sum(spent)], "numParameters": counts[-1]}
