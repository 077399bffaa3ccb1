"""From process start to the first prediction of a saved MMBT; the line printed is what the parent's clock waits for."""
import json
import os


def run(job):
    os.environ["OMP_NUM_THREADS"] = str(job["threads"])
    import torch

    torch.set_num_threads(job["threads"])
    from tokenizers import BertWordPieceTokenizer

    import models
    from latency import picture_of
    from memory import peak_bytes

    with torch.device("meta"):
        model = models.large_mmbt(job["vocabulary"], job["classes"])
    if "safetensors" in job["variant"]:
        from safetensors.torch import load_file

        state = load_file(job["saved"] + ".safetensors")
    else:
        state = torch.load(job["saved"] + ".pt", mmap=True, weights_only=True)
    model.load_state_dict(state, assign=True)
    model.eval()
    ids = BertWordPieceTokenizer(job["vocab"], lowercase=True).encode(job["text"], add_special_tokens=False).ids
    with torch.inference_mode():
        probabilities = model(picture_of(job["pictures"][0])[None], torch.tensor([ids])).softmax(1)[0].tolist()
    versions = f"PyTorch, {torch.get_num_threads()} thread(s)"
    count = sum(parameter.numel() for parameter in model.parameters())
    print(json.dumps({"probabilities": probabilities, "numParameters": count, "peakBytes": peak_bytes(), "versions": versions}))
