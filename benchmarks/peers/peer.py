"""Answers the benchmark's questions in PyTorch: one JSON object a line in, one a line out (src/protocol.ts). Argument: eager, or
compile for torch.compile, whose inductor needs a C++ compiler."""

import json
import os
import platform
import resource
import sys
import time

import torch
import torch.nn.functional as F

from model import GrowingCache, Network, StaticCache

# The driver asks for this process's own time where other work shares the cores.
clock = time.process_time if os.environ.get("TRIVIUM_BENCH_CLOCK") == "cpu" else time.perf_counter
made = {}
compiling = sys.argv[1:] == ["compile"]
# Every size and shape of a run has code of its own; beyond the default of 8 they would run eagerly.
torch._dynamo.config.recompile_limit = 256


def compiled(f):
    """Shapes are few and recur, so each is compiled for itself."""
    return torch.compile(f, dynamic=False) if compiling else f



def once(key, make):
    if key not in made:
        made[key] = make()
    return made[key]


def network(q):
    return once(("network", json.dumps(q["backbone"])), lambda: Network(q["backbone"]))


def runner(q):
    """The network as it is called, beside its weights."""
    return once(("runner", json.dumps(q["backbone"])), lambda: compiled(network(q)))


def seconds(f):
    start = clock()
    f()
    return clock() - start


def hello(q):
    torch.set_num_threads(q["threads"])
    torch.manual_seed(1)
    if compiling:
        compiled(lambda x: 2 * x + 1)(torch.ones(64))
    return {
        "label": "pytorch-compile" if compiling else "pytorch-eager",
        "detail": f"PyTorch {torch.__version__}, Python {platform.python_version()}, "
        + ("MKL" if torch.backends.mkl.is_available() else "no MKL"),
        "threads": torch.get_num_threads(),
    }


def gemm(q):
    n = q["size"]
    a, b = once(("gemm", n), lambda: (torch.rand(n, n), torch.rand(n, n)))
    with torch.inference_mode():
        return {"value": 2 * n**3 / min(seconds(lambda: a @ b) for _ in range(q["repeats"])) / 1e9}


def next_token_loss(model, ids, tokens):
    return F.cross_entropy(model(ids, causal=True).flatten(0, 1), tokens.flatten())


def masked_loss(model, ids, tokens, masked):
    logits = model(ids, causal=False)
    nll = F.cross_entropy(logits.flatten(0, 1), tokens.flatten(), reduction="none")
    return (nll * masked.flatten()).sum() * (2 / tokens.numel())


class Training:
    """AdamW (fused), clipping and averaged weights, as the TypeScript training loop has them."""

    def __init__(self, q):
        self.model = Network(q["backbone"])
        matrices = [p for name, p in self.model.named_parameters() if p.dim() == 2 and "embedding" not in name and "convolution" not in name]
        held = {id(p) for p in matrices}
        rest = [p for p in self.model.parameters() if id(p) not in held]
        self.params = [*matrices, *rest]
        groups = [{"params": matrices, "weight_decay": 0.01}, {"params": rest, "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.99), eps=1e-8, fused=True)
        self.average = [p.detach().clone() for p in self.params]
        self.loss = compiled(next_token_loss if q["paradigm"] == "autoregressive" else masked_loss)

    def step(self, q):
        rows, length = q["batch"], q["length"]
        text = q["backbone"]["textSize"]
        tokens = torch.randint(text, (rows, length))
        if q["paradigm"] == "autoregressive":
            bos = torch.full((rows, 1), text + 1)
            loss = self.loss(self.model, torch.cat([bos, tokens[:, :-1]], 1), tokens)
        else:
            t = (torch.rand(1) + torch.arange(rows)) / rows
            masked = torch.rand(rows, length) < t[:, None]
            loss = self.loss(self.model, tokens.masked_fill(masked, text), tokens, masked)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.params, 1.0, foreach=True)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        with torch.no_grad():
            torch._foreach_lerp_(self.average, [p.detach() for p in self.params], 1e-3)
        return loss.item()


def train(q):
    if q["paradigm"] == "continuous-diffusion":
        return None
    key = ("train", q["paradigm"], json.dumps(q["backbone"]))
    if key not in made:
        made[key] = Training(q)
        made[key].step(q)
    state = made[key]
    spent = seconds(lambda: [state.step(q) for _ in range(q["steps"])])
    return {"value": q["batch"] * q["length"] * q["steps"] / spent}


@torch.inference_mode()
def forward(q):
    model = runner(q)
    ids = torch.randint(q["backbone"]["textSize"], (q["batch"], q["length"]))
    run = lambda: model(ids, causal=q["attention"] == "causal").sum().item()
    if q.get("warm"):
        run()
    return {"value": 1000 * seconds(lambda: [run() for _ in range(q["repeats"])]) / q["repeats"]}


def new_cache(q, batch, length):
    return StaticCache(network(q), batch, length) if compiling else GrowingCache()


def write_text(q, batch, length, each=lambda position: None):
    """A whole batch, a token of every row a step."""
    model, cache = runner(q), new_cache(q, batch, length)
    token = torch.full((batch, 1), q["backbone"]["textSize"] + 1)
    for position in range(length):
        logits = model(token, causal=True, cache=cache)[:, -1]
        token = torch.multinomial(logits.softmax(-1), 1)
        token.tolist()
        each(position)


@torch.inference_mode()
def decode(q):
    if q.get("draftHeads"):
        return None
    batch, length = q["batch"], q["length"]
    text = lambda: write_text(q, batch, length)
    if q.get("warm"):
        text()
    return {"value": batch * length * q["repeats"] / seconds(lambda: [text() for _ in range(q["repeats"])])}


@torch.inference_mode()
def token(q):
    start, stop = q["from"], q["to"]
    spent = 0
    for i in range(-1 if q.get("warm") else 0, q["repeats"]):
        times = []
        write_text(q, 1, stop, lambda position: times.append(clock()))
        if i >= 0:
            spent += times[stop - 1] - times[start - 1]
    return {"value": 1000 * spent / (q["repeats"] * (stop - start))}


@torch.inference_mode()
def denoise(q):
    """The forward of a masked step alone: what the sampler does around it is not counted here."""
    if q["paradigm"] != "masked-diffusion":
        return None
    return forward({**q, "attention": "bidirectional", "batch": 1, "repeats": q["steps"]})


def memory(q):
    scale = 1024 if sys.platform == "darwin" else 1
    return {"value": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / scale}


@torch.inference_mode()
def logits(q):
    network(q).load(q["weights"])
    model = runner(q)
    ids = torch.tensor(q["tokens"]).view(q["batch"], q["length"])
    if q["attention"] == "cached":
        cache = new_cache(q, q["batch"], q["length"])
        parts = [model(ids[:, i : i + 1], causal=True, cache=cache) for i in range(q["length"])]
        out = torch.cat(parts, 1)
    else:
        out = model(ids, causal=q["attention"] == "causal")
    return {"values": out.flatten().tolist()}


answers = {f.__name__: f for f in (hello, gemm, train, forward, decode, token, denoise, memory, logits)}

for line in sys.stdin:
    question = json.loads(line)
    try:
        ask = answers.get(question["task"], lambda _: None)
        told = ask(question)
        answer = {"unsupported": True} if told is None else {"ok": told}
    except Exception as error:  # told to the driver, which names the line
        reason = str(error).strip().splitlines() or [""]
        answer = {"error": f"{type(error).__name__}: {reason[0]}"}
    print(json.dumps(answer), flush=True)
