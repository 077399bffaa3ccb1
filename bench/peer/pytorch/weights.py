"""An MMBT of the files of a BERT and a ResNet-152, ready to be used: every value is read. `assign` makes models without memory
and takes the files' pages as their parameters, `copy` copies them into usual models. As on the other side the clock starts
before anything is made, and what no file has is made too: projection, segments, head and tokenizer. `loadMs` is the files'
part alone."""
import time

import torch
import torchvision
from safetensors.torch import load_file
from tokenizers import BertWordPieceTokenizer
from torch import nn


def named(**children):
    """A module without arithmetic, for the names."""
    module = nn.Module()
    for name, child in children.items():
        module.add_module(name, child)
    return module


def bert(vocabulary, hidden=768, layers=12):
    """The parameters of BERT-base under Hugging Face's names."""

    def norm():
        return nn.LayerNorm(hidden, 1e-12)

    def layer():
        parts = {name: nn.Linear(hidden, hidden) for name in ("query", "key", "value")}
        attention = named(self=named(**parts), output=named(dense=nn.Linear(hidden, hidden), LayerNorm=norm()))
        wide, back = nn.Linear(hidden, 4 * hidden), nn.Linear(4 * hidden, hidden)
        return named(attention=attention, intermediate=named(dense=wide), output=named(dense=back, LayerNorm=norm()))

    tables = {"word": vocabulary, "position": 512, "token_type": 2}
    embeddings = named(**{f"{name}_embeddings": nn.Embedding(rows, hidden) for name, rows in tables.items()}, LayerNorm=norm())
    encoder = named(layer=nn.ModuleList(layer() for _ in range(layers)))
    return named(embeddings=embeddings, encoder=encoder, pooler=named(dense=nn.Linear(hidden, hidden)))


def measure(job):
    assign = "assign" in job["variant"]
    begin = time.perf_counter()
    with torch.device("meta" if assign else "cpu"):
        resnet = torchvision.models.resnet152()
        models = {"bert": bert(job["vocabulary"]), "resnet": resnet}
        resnet.fc = nn.Identity()
    new = nn.ModuleList([nn.Linear(2048, 768), nn.Embedding(2, 768), nn.Linear(768, job["classes"])])
    tokenizer = BertWordPieceTokenizer(job["vocab"], lowercase=True)
    made = time.perf_counter()
    for name, model in models.items():
        state = load_file(f"{job['saved']}.{name}.safetensors")
        missing, unexpected = model.load_state_dict(state, assign=assign, strict=False)
        left = [key for key in missing if not key.endswith("num_batches_tracked")]
        assert not left and not unexpected, (left, unexpected)
        for parameter in model.parameters():
            parameter.detach().view(-1)[::1024].sum()  # a value of every page
    end = time.perf_counter()
    assert len(new) == 3 and tokenizer.get_vocab_size() == job["vocabulary"]
    return {"ms": [1000 * (end - begin)], "loadMs": 1000 * (end - made)}
