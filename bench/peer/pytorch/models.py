"""BERT, ResNet and MMBT in PyTorch with the arithmetic and the parameters of the specs in ../works.mjs.

Written for speed as PyTorch offers it: one product for query, key and value, scaled_dot_product_attention, torchvision's
ResNet. Shapes: B batch, S sequence, D hidden size, N picture tokens.
"""
import torch
import torch.nn.functional as F
import torchvision
from torch import nn


class BertLayer(nn.Module):
    def __init__(self, hidden, heads, dropout=0.1):
        super().__init__()
        self.heads, self.rate = heads, dropout
        self.qkv = nn.Linear(hidden, 3 * hidden)
        self.out = nn.Linear(hidden, hidden)
        self.norm1, self.norm2 = nn.LayerNorm(hidden, 1e-12), nn.LayerNorm(hidden, 1e-12)
        self.up, self.down = nn.Linear(hidden, 4 * hidden), nn.Linear(4 * hidden, hidden)
        self.drop = nn.Dropout(dropout)

    def forward(self, x, mask):
        b, s, d = x.shape
        q, k, v = self.qkv(x).view(b, s, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        rate = self.rate if self.training else 0.0
        a = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=rate)
        x = self.norm1(x + self.drop(self.out(a.transpose(1, 2).reshape(b, s, d))))
        return self.norm2(x + self.drop(self.down(F.gelu(self.up(x)))))


class Transformer(nn.Module):
    """BERT behind its word table: position, segment, LayerNorm, dropout, the layers, dense + tanh of the first token."""

    def __init__(self, vocabulary, hidden=768, layers=12, heads=12, positions=512):
        super().__init__()
        self.words = nn.Embedding(vocabulary, hidden, padding_idx=0)
        self.positions, self.segments = nn.Embedding(positions, hidden), nn.Embedding(2, hidden)
        self.norm, self.drop = nn.LayerNorm(hidden, 1e-12), nn.Dropout(0.1)
        self.layers = nn.ModuleList(BertLayer(hidden, heads) for _ in range(layers))
        self.pool = nn.Linear(hidden, hidden)

    def forward(self, rows, position, segment, mask):
        """Rows [B, S, D] of the word table or projected, ids [S], mask [B, S] (true: a real token) -> [B, D]."""
        x = self.drop(self.norm(rows + self.positions(position) + self.segments(segment)))
        for layer in self.layers:
            x = layer(x, mask[:, None, None, :])
        return torch.tanh(self.pool(x[:, 0]))


class Bert(nn.Module):
    """[CLS] text [SEP] -> classes."""

    def __init__(self, vocabulary, classes):
        super().__init__()
        self.transformer = Transformer(vocabulary)
        self.head = nn.Sequential(nn.Dropout(0.1), nn.Linear(768, classes))

    def forward(self, ids):
        s = ids.shape[1]
        segment = torch.zeros(s, dtype=torch.long, device=ids.device)
        position = torch.arange(s, device=ids.device)
        return self.head(self.transformer(self.transformer.words(ids), position, segment, ids > 0))


class Resnet(nn.Module):
    """torchvision's ResNet-152 with a classifier of its own."""

    def __init__(self, classes):
        super().__init__()
        self.network = torchvision.models.resnet152(num_classes=classes)

    def forward(self, pictures):
        return self.network(pictures)


class Mmbt(nn.Module):
    """[CLS] picture tokens [SEP] text, through one transformer. `cls` and `sep` are rows of the word table."""

    def __init__(self, tower, width, transformer, *, grid, classes, cls, sep):
        super().__init__()
        self.tower, self.transformer, self.grid = tower, transformer, grid
        self.cls, self.sep = cls, sep
        hidden = transformer.pool.in_features
        self.project = nn.Linear(width, hidden)
        self.head = nn.Sequential(nn.Dropout(0.1), nn.Linear(hidden, classes))

    def tokens(self, pictures):
        """[B, 3, H, W] -> [B, N, D]."""
        return self.project(F.adaptive_avg_pool2d(self.tower(pictures), self.grid).flatten(2).transpose(1, 2))

    def forward(self, pictures, ids, kept=None):
        """`kept` [B, 1]: false where the picture is dropped."""
        words, tokens = self.transformer.words, self.tokens(pictures)
        b, n, t, device = len(ids), tokens.shape[1], ids.shape[1], ids.device
        cls, sep = (words.weight[i].expand(b, 1, -1) for i in (self.cls, self.sep))
        joined = torch.cat([cls, tokens, sep, words(ids)], 1)
        position = torch.cat([torch.arange(n + 2, device=device), torch.arange(t, device=device)])
        segment = torch.cat([torch.zeros(n + 2, dtype=torch.long), torch.ones(t, dtype=torch.long)]).to(device)
        always = torch.ones(b, 1, dtype=torch.bool, device=device)
        pictured = (always if kept is None else kept).expand(b, n)
        mask = torch.cat([always, pictured, always, ids > 0], 1)
        return self.head(self.transformer(joined, position, segment, mask))


def resnet_tower():
    """ResNet-152 without pooling and classifier, as the authors of MMBT take it."""
    return nn.Sequential(*list(torchvision.models.resnet152().children())[:-2])


def large_mmbt(vocabulary, classes):
    """BERT-base and ResNet-152, 5x5 picture tokens."""
    return Mmbt(resnet_tower(), 2048, Transformer(vocabulary), grid=5, classes=classes, cls=2, sep=3)
