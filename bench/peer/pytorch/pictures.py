"""JPEG files to normalised tensors in batches, by torchvision and Pillow in worker processes."""
import multiprocessing
import time

from torch.utils.data import DataLoader, Dataset

from latency import picture_of
from memory import peak_bytes


class Pictures(Dataset):
    def __init__(self, paths):
        self.paths = paths

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        return picture_of(self.paths[index])


def measure(job):
    paths, peak = job["pictures"], 0
    started, done = None, 0
    loader = DataLoader(Pictures(paths), batch_size=32, num_workers=job["workers"], prefetch_factor=4)
    for batch in loader:
        # The first batch is warm-up on both sides: starting the workers does not count.
        if started is None:
            started = time.perf_counter()
        else:
            done += len(batch)
        peak = max(peak, sum(peak_bytes(child.pid) for child in multiprocessing.active_children()))
    seconds = time.perf_counter() - started
    return {"ms": [1000 * seconds * len(paths) / done], "numParameters": 0, "peakBytes": peak_bytes() + peak}
