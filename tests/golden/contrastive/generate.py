"""Golden values for worker/analysis/src/contrastive: losses, gradients, AdamW and the schedule.

Run with a Python that has numpy and PyTorch:

    python tests/golden/contrastive/generate.py

Everything is computed in double precision by autograd, from formulas written down from the papers;
nothing is shared with the implementation under test.
"""

import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

HERE = Path(__file__).resolve().parent
INPUTS, COMPONENTS, HIDDEN, DIM, CLASSES = 10, 6, 7, 5, 4
TEMPERATURE, MARGIN, SHARE = 0.1, 0.3, 0.7
MISSING = -1
torch.set_default_dtype(torch.float64)


def supcon(z, labels, temperature):
    """Khosla 2020, equation 2, over the rows that have a label; rows without a positive do not count."""
    z, labels = z[labels != MISSING], labels[labels != MISSING]
    n = len(z)
    logits = z @ z.T / temperature
    others = ~torch.eye(n, dtype=torch.bool)
    positives = (labels[:, None] == labels[None, :]) & others
    denominator = torch.logsumexp(logits.masked_fill(~others, -torch.inf), dim=1, keepdim=True)
    log_prob = logits - denominator
    anchors = positives.any(1)
    per_anchor = -(log_prob * positives).sum(1)[anchors] / positives.sum(1)[anchors]
    return per_anchor.mean()


def nt_xent(z, temperature):
    """SimCLR: cross-entropy of each row over all others, its partner being the right one."""
    n = len(z)
    logits = (z @ z.T / temperature).masked_fill(torch.eye(n, dtype=torch.bool), -torch.inf)
    return F.cross_entropy(logits, (torch.arange(n) + n // 2) % n)


def triplet(z, labels, margin):
    """All triplets in halved squared distances, averaged over those that violate the margin."""
    distance = (z[:, None, :] - z[None, :, :]).square().sum(2) / 2
    violations, n_all = [], 0
    for a in range(len(z)):
        for p in range(len(z)):
            for n in range(len(z)):
                if MISSING in (labels[a], labels[p], labels[n]) or a == p:
                    continue
                if labels[a] == labels[p] and labels[a] != labels[n]:
                    n_all += 1
                    value = distance[a, p] - distance[a, n] + margin
                    if value > 0:
                        violations.append(value)
    return torch.stack(violations).mean(), torch.stack(violations).sum() / n_all


def cross_entropy(z, labels, weight, bias, temperature):
    known = labels != MISSING
    return F.cross_entropy(((z @ weight.T + bias) / temperature)[known], labels[known])


def info_nce(z, keys, temperature):
    """CLIP: cross-entropy of each row over the rows of the other view, the same cell being right."""
    return F.cross_entropy(z @ keys.T / temperature, torch.arange(len(z)))


def head(x, parameters):
    if len(parameters) == 2:
        return F.normalize(F.linear(x, *parameters), dim=1)
    w1, b1, w2, b2 = parameters
    return F.normalize(F.linear(F.relu(F.linear(x, w1, b1)), w2, b2), dim=1)


def numbers(tensors):
    return np.concatenate([t.detach().numpy().ravel() for t in tensors]).round(17).tolist()


def case(name, x, labels, shapes, classifier, loss_of, generator):
    """Parameters, loss and gradient of one objective."""
    shapes = shapes + ([(CLASSES, DIM), (CLASSES,)] if classifier else [])
    parameters = [
        (torch.rand(shape, generator=generator) - 0.5).requires_grad_() for shape in shapes
    ]
    z = head(x, parameters[:-2] if classifier else parameters)
    losses = loss_of(z, parameters)
    loss, judged = losses if isinstance(losses, tuple) else (losses, losses)
    loss.backward()
    return {
        "name": name,
        "parameters": numbers(parameters),
        "loss": loss.item(),
        "loss_when_judging": judged.item(),
        "gradient": numbers([p.grad for p in parameters]),
    }


def triplet_and_cross_entropy(z, labels, parameters):
    violated, over_all = triplet(z, labels.tolist(), MARGIN)
    entropy = cross_entropy(z, labels, *parameters[-2:], TEMPERATURE)
    return violated + entropy, over_all + entropy


def batch():
    generator = torch.Generator().manual_seed(7)
    # Twelve cells in two views: one class has a single cell, two cells have no class.
    of_cell = torch.tensor([0, 0, 0, 1, 1, 2, 2, 2, 2, 3, MISSING, MISSING])
    centres = torch.randn(12, INPUTS, generator=generator)
    views = [centres + 0.4 * torch.randn(12, INPUTS, generator=generator) for _ in range(2)]
    x = F.normalize(torch.cat(views), dim=1)
    labels = torch.cat([of_cell, of_cell])
    two = [(HIDDEN, INPUTS), (HIDDEN,), (DIM, HIDDEN), (DIM,)]
    one = [(DIM, INPUTS), (DIM,)]
    mixed = lambda z, _: SHARE * supcon(z, labels, TEMPERATURE) + (1 - SHARE) * nt_xent(z, TEMPERATURE)
    cases = [
        case("supcon", x, labels, two, False, lambda z, _: supcon(z, labels, TEMPERATURE), generator),
        case("linear supcon", x, labels, one, False, lambda z, _: supcon(z, labels, TEMPERATURE), generator),
        case("nt_xent", x, labels, two, False, lambda z, _: nt_xent(z, TEMPERATURE), generator),
        case("mixed", x, labels, two, False, mixed, generator),
        case(
            "triplet", x, labels, two, True,
            lambda z, p: triplet_and_cross_entropy(z, labels, p), generator,
        ),
    ]
    # Single cells, no views: the class with one cell has no positive.
    alone = lambda z, _: supcon(z, of_cell, TEMPERATURE)
    cases.append(case("supcon of cells", x[:12], of_cell, two, False, alone, generator))
    return {"x": numbers([x]), "classes": labels.tolist(), "cases": cases}


def joint():
    """Two heads on two views of the same cells, of different widths."""
    generator = torch.Generator().manual_seed(13)
    of_cell = torch.tensor([0, 0, 0, 1, 1, 2, 2, 2, 2, 3, MISSING, MISSING])
    text = F.normalize(torch.randn(12, INPUTS, generator=generator), dim=1)
    expression = F.normalize(torch.randn(12, COMPONENTS, generator=generator), dim=1)

    def one(name, share, deep):
        shapes = lambda d: [(HIDDEN, d), (HIDDEN,), (DIM, HIDDEN), (DIM,)] if deep else [(DIM, d), (DIM,)]
        heads = [
            [(torch.rand(shape, generator=generator) - 0.5).requires_grad_() for shape in shapes(d)]
            for d in (INPUTS, COMPONENTS)
        ]
        z = [head(x, parameters) for x, parameters in zip((text, expression), heads)]
        loss = share * sum(supcon(side, of_cell, TEMPERATURE) for side in z) / 2
        between = info_nce(z[0], z[1], TEMPERATURE) + info_nce(z[1], z[0], TEMPERATURE)
        loss = loss + (1 - share) * between / 2
        loss.backward()
        return {
            "name": name,
            "supervised": share,
            "parameters": [numbers(parameters) for parameters in heads],
            "loss": loss.item(),
            "gradient": [numbers([p.grad for p in parameters]) for parameters in heads],
        }

    return {
        "text": numbers([text]), "expression": numbers([expression]), "classes": of_cell.tolist(),
        "cases": [
            one("both", SHARE, True), one("labels alone", 1.0, True),
            one("views alone", 0.0, True), one("linear", SHARE, False),
        ],
    }


def adamw():
    """Thirty steps: weights decay, biases do not."""
    generator = torch.Generator().manual_seed(11)
    weights = torch.randn(6, generator=generator)
    biases = torch.randn(3, generator=generator)
    start = numbers([weights, biases])
    weights.requires_grad_(), biases.requires_grad_()
    groups = [{"params": [weights], "weight_decay": 0.05}, {"params": [biases], "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=0.01)
    gradients, steps = [], []
    for step in range(30):
        rate = 0.01 * (1 + step % 3)
        for group in optimizer.param_groups:
            group["lr"] = rate
        weights.grad = torch.randn(6, generator=generator) * 10.0 ** (step % 4 - 2)
        biases.grad = torch.randn(3, generator=generator)
        gradients.append(numbers([weights.grad, biases.grad]))
        optimizer.step()
        steps.append(numbers([weights, biases]))
    return {"start": start, "gradients": gradients, "steps": steps}


def schedule(n_steps, highest):
    """LinearLR for the first twentieth of all steps, then CosineAnnealingLR."""
    warm_up = max(n_steps // 20, 1)
    optimizer = torch.optim.AdamW([torch.zeros(1, requires_grad=True)], lr=highest)
    rise = torch.optim.lr_scheduler.LinearLR(optimizer, 1 / warm_up, 1.0, max(warm_up - 1, 1))
    fall = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, n_steps - warm_up)
    both = torch.optim.lr_scheduler.SequentialLR(optimizer, [rise, fall], [warm_up])
    rates = []
    for _ in range(n_steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        both.step()
    return {"n_steps": n_steps, "highest": highest, "rates": rates}


if __name__ == "__main__":
    golden = {
        "torch": torch.__version__.split("+")[0],
        "inputs": INPUTS, "components": COMPONENTS, "hidden": HIDDEN, "dim": DIM, "n_classes": CLASSES,
        "temperature": TEMPERATURE, "margin": MARGIN, "supervised": SHARE,
        "batch": batch(), "joint": joint(), "adamw": adamw(),
        "schedules": [schedule(200, 1e-3), schedule(47, 0.02)],
    }
    (HERE / "reference.json").write_text(json.dumps(golden, indent=None) + "\n")
