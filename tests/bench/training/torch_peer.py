"""PyTorch's side of the bench: the same head, loss, optimiser, batch size and number of steps.

    python tests/bench/training/torch_peer.py EPOCHS

One thread. The data are a mixture like ours; the batches are ready-made index lists, so that only
gathering, forward, backward and the optimiser are timed. Milliseconds a step are those on the
processor.
"""

import json
import math
import sys
import time

import torch
import torch.nn.functional as F

N_CELLS, D, N_CLASSES, BATCH, HIDDEN, DIM, TEMPERATURE = 10_000, 384, 20, 512, 256, 128, 0.1
torch.set_num_threads(1)
torch.manual_seed(0)


def supcon(z, labels):
    """Khosla 2020, equation 2; every row has a positive."""
    itself = torch.eye(len(z), dtype=torch.bool)
    logits = (z @ z.T / TEMPERATURE).masked_fill(itself, -torch.inf)
    positives = (labels[:, None] == labels[None, :]) & ~itself
    mean = (logits.masked_fill(~positives, 0.0)).sum(1) / positives.sum(1)
    return (torch.logsumexp(logits, 1) - mean).mean()


def main(epochs):
    labels = torch.arange(N_CELLS) % N_CLASSES
    cells = torch.randn(N_CLASSES, D)[labels] + 2 * torch.randn(N_CELLS, D)
    mean = cells.mean(0)
    head = torch.nn.Sequential(
        torch.nn.Linear(D, HIDDEN), torch.nn.ReLU(), torch.nn.Linear(HIDDEN, DIM)
    )
    weights = [p for p in head.parameters() if p.dim() == 2]
    biases = [p for p in head.parameters() if p.dim() == 1]
    groups = [{"params": weights, "weight_decay": 1e-4}, {"params": biases, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=1e-3)
    per_epoch = math.ceil(N_CELLS / BATCH)
    steps = epochs * per_epoch
    warm_up = max(steps // 20, 1)

    def rate(step):
        if step < warm_up:
            return (step + 1) / warm_up
        return 0.5 * (1 + math.cos(math.pi * (step - warm_up) / (steps - warm_up)))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
    # 25 cells of each of 20 classes, as our batches of at most 512 have.
    batches = [
        torch.cat([torch.randperm(N_CELLS // N_CLASSES)[:25] * N_CLASSES + c for c in range(N_CLASSES)])
        for _ in range(per_epoch)
    ]
    start, on_processor = time.perf_counter(), time.process_time()
    for _ in range(epochs):
        for batch in batches:
            x = F.normalize(cells[batch] - mean, dim=1)
            loss = supcon(F.normalize(head(x), dim=1), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    seconds, on_processor = time.perf_counter() - start, time.process_time() - on_processor
    print(json.dumps({
        "seconds": round(seconds, 3), "steps": steps,
        "ms_per_step": round(1e3 * on_processor / steps, 3), "loss": round(loss.item(), 4),
    }))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
