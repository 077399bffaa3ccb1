"""Loads what checkWeights.mjs exported, runs it in PyTorch and compares. Ends with 1 where a difference is too great."""
import json
import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torchvision.models import resnet18
from transformers import BertModel, BertTokenizer, ResNetConfig, ResNetModel

TOLERANCE = 1e-4
failed = False


def check(what, got, want):
    global failed
    error = (got - want).abs().max().item()
    failed |= not error < TOLERANCE
    print(f"{'ok   ' if error < TOLERANCE else 'WRONG'} {what}: largest difference {error:.2e} (tolerance {TOLERANCE:.0e})")


def pooled_tokens(feature_map):
    return F.adaptive_avg_pool2d(feature_map, (2, 2)).flatten(2).transpose(1, 2)


def torchvision_map(file, images):
    net = resnet18(weights=None)
    lacking = net.load_state_dict(load_file(file), strict=False)
    assert not lacking.unexpected_keys, lacking.unexpected_keys
    assert all(k.startswith("fc.") or k.endswith("num_batches_tracked") for k in lacking.missing_keys), lacking.missing_keys
    return torch.nn.Sequential(*list(net.children())[:-2]).eval()(images)


def hugging_face_map(file, images):
    config = ResNetConfig(layer_type="basic", depths=[2, 2, 2, 2], hidden_sizes=[64, 128, 256, 512])
    net = ResNetModel(config)
    state = {name.removeprefix("resnet."): value for name, value in load_file(file).items()}
    lacking = net.load_state_dict(state, strict=False)
    assert not lacking.unexpected_keys, lacking.unexpected_keys
    assert all(k.endswith("num_batches_tracked") for k in lacking.missing_keys), lacking.missing_keys
    return net.eval()(images).last_hidden_state


def mmbt_logits(bert, weights, tokens, ids, mask):
    """facebookresearch/mmbt's forward pass: [CLS] picture [SEP], then the text."""
    words, emb = bert.embeddings.word_embeddings, bert.embeddings
    vocabulary = [line.rstrip("\n") for line in open(sys.argv[2] + "/mmbt-bert/vocab.txt", encoding="utf-8")]
    special = lambda name: words(torch.tensor([[vocabulary.index(name)]])).expand(len(ids), 1, -1)
    image = F.linear(tokens, weights["enc.img_embeddings.img_embeddings.weight"], weights["enc.img_embeddings.img_embeddings.bias"])
    joined = torch.cat([special("[CLS]"), image, special("[SEP]"), words(ids)], 1)
    n, t = image.shape[1] + 2, ids.shape[1]
    positions = torch.cat([torch.arange(n), torch.arange(t)])
    segments = torch.cat([torch.zeros(len(ids), n), mask], 1).long()
    states = emb.LayerNorm(joined + emb.position_embeddings(positions) + emb.token_type_embeddings(segments))
    joint = (1 - torch.cat([torch.ones(len(ids), n), mask], 1))[:, None, None, :] * torch.finfo(torch.float32).min
    for layer in bert.encoder.layer:
        states = layer(states, joint)
        states = states[0] if isinstance(states, tuple) else states
    pooled = bert.pooler(states)
    return pooled, F.linear(pooled, weights["clf.weight"], weights["clf.bias"])


@torch.no_grad()
def exported(folder):
    mmbt = load_file(f"{folder}/mmbt.safetensors")
    tokens = pooled_tokens(torchvision_map(f"{folder}/mmbt-resnet/model.safetensors", mmbt["images"].permute(0, 3, 1, 2)))
    check("ResNet-18 in torchvision, tokens of the picture", tokens, mmbt["tokens"])
    bert = BertModel.from_pretrained(f"{folder}/mmbt-bert").eval()
    pooled, logits = mmbt_logits(bert, load_file(f"{folder}/mmbt-mmbt/model.safetensors"), tokens, mmbt["ids"].long(), mmbt["mask"])
    check("MMBT from BertModel and the authors' names, pooled state", pooled, mmbt["pooled"])
    check("MMBT from BertModel and the authors' names, logits", logits, mmbt["logits"])
    concat = load_file(f"{folder}/concat.safetensors")
    feature_map = hugging_face_map(f"{folder}/concat-resnet-hf/model.safetensors", concat["images"].permute(0, 3, 1, 2))
    check("ResNet-18 in transformers, tokens of the picture", pooled_tokens(feature_map), concat["tokens"])
    bert = BertModel.from_pretrained(f"{folder}/concat-bert").eval()
    output = bert(input_ids=concat["ids"].long(), attention_mask=concat["mask"])
    check("BertModel.from_pretrained, pooled state", output.pooler_output[:, None], concat["pooled"])


@torch.no_grad()
def minilm(folder, model):
    tokenizer, bert = BertTokenizer.from_pretrained(model), BertModel.from_pretrained(model).eval()
    batch = tokenizer(json.load(open(f"{folder}/sentences.json")), padding=True, return_tensors="pt")
    states, mask = bert(**batch).last_hidden_state, batch["attention_mask"][..., None]
    want = F.normalize((states * mask).sum(1) / mask.sum(1), dim=1)
    check("MiniLM's sentence embeddings", load_file(f"{folder}/minilm.safetensors")["embeddings"], want)


{"export": exported, "minilm": minilm}[sys.argv[1]](*sys.argv[2:])
sys.exit(1 if failed else 0)
