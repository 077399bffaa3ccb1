"""One raw sample at a time: a JPEG file and a text to probabilities."""
import time

import torch
from PIL import Image
from tokenizers import BertWordPieceTokenizer
from torchvision import transforms

from inputs import MEAN, STD, compiled, count, create

eval_transform = transforms.Compose(
    [transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(), transforms.Normalize(MEAN, STD)]
)


def picture_of(path):
    with Image.open(path) as picture:
        return eval_transform(picture.convert("RGB"))


def measure(job):
    model = create(job).eval()
    tokenizer, forward, ms = BertWordPieceTokenizer(job["vocab"], lowercase=True), compiled(model, job), []
    with torch.inference_mode():
        for path in job["pictures"]:
            started = time.perf_counter()
            picture = picture_of(path)[None]
            if "channels_last" in job["variant"]:
                picture = picture.contiguous(memory_format=torch.channels_last)
            ids = tokenizer.encode(job["text"], add_special_tokens=False).ids
            forward(picture, torch.tensor([ids])).softmax(1)[0].tolist()
            ms.append(1000 * (time.perf_counter() - started))
    return {"ms": ms[job["warmUp"] :], "numParameters": count(model)}
