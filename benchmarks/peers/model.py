"""The backbone of Trivium in PyTorch: the same function with the same sizes, written the way a PyTorch user would write it
(fused norm and attention where eager has them). torch.compile takes it as it is."""

import json
import math

import torch
import torch.nn.functional as F
from torch import nn


class Block(nn.Module):
    """Pre-norm: short convolution, rotary attention; SwiGLU."""

    def __init__(self, c):
        super().__init__()
        d, f = c["width"], c["mlpWidth"]
        self.heads = c["heads"]
        self.attention_norm = nn.Parameter(torch.ones(d))
        self.convolution = nn.Parameter(0.1 * torch.randn(c["convolution"], d)) if c["convolution"] else None
        self.query = nn.Linear(d, d, bias=False)
        self.key = nn.Linear(d, d, bias=False)
        self.value = nn.Linear(d, d, bias=False)
        self.output = nn.Linear(d, d, bias=False)
        self.mlp_norm = nn.Parameter(torch.ones(d))
        self.gate = nn.Linear(d, f, bias=False)
        self.up = nn.Linear(d, f, bias=False)
        self.down = nn.Linear(f, d, bias=False)

    def forward(self, x, rotary, causal, cache=None):
        n = rms_norm(x, self.attention_norm)  # [B, L, D]
        if self.convolution is not None:
            n = self.convolve(n, causal, cache)
        q, k, v = (self.split(m(n)) for m in (self.query, self.key, self.value))  # [B, H, L, dh]
        q, k = rotate(q, rotary), rotate(k, rotary)
        if cache is not None:
            k, v = cache.append(self, k, v)
        mask = None if cache is None else cache.mask
        masked = causal and mask is None and q.shape[2] == k.shape[2]
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=masked)
        x = x + self.output(mixed.transpose(1, 2).reshape(x.shape))
        n = rms_norm(x, self.mlp_norm)
        return x + self.down(F.silu(self.gate(n)) * self.up(n))

    def split(self, x):
        b, l, d = x.shape
        return x.view(b, l, self.heads, d // self.heads).transpose(1, 2)

    def convolve(self, n, causal, cache):
        """y_l = x_l + sum_j w_j x_{l+offset_j}; of the ways to write it in eager, the fastest for the shape at hand."""
        w, (taps, d), length = self.convolution, self.convolution.shape, n.shape[1]
        if cache is not None:
            padded, left, right = cache.history(self, n, taps), taps, 0
            if length == 1:
                return n + (padded[:, :taps] * w).sum(1, keepdim=True)
        else:
            left = taps if causal else taps // 2
            right = 0 if causal else taps - left
            padded = F.pad(n, (0, 0, left, right))
        if d > 128:  # the residual is the tap in the middle
            kernel = torch.cat([w[:left], w.new_ones(1, d), w[left:]]).T[:, None]
            return F.conv1d(padded.transpose(1, 2), kernel, groups=d).transpose(1, 2)
        y = n
        for j, tap in enumerate(w):
            at = j if j < left else j + 1
            y = torch.addcmul(y, padded[:, at : at + length], tap)
        return y


class Network(nn.Module):
    """Token ids [B, L] -> logits [B, L, textSize]."""

    def __init__(self, c):
        super().__init__()
        self.config = c
        d = c["width"]
        self.embedding = nn.Embedding(c["vocabulary"], d)
        nn.init.normal_(self.embedding.weight, std=d**-0.5)
        self.blocks = nn.ModuleList(Block(c) for _ in range(c["depth"]))
        self.final_norm = nn.Parameter(torch.ones(d))
        self.head = nn.Linear(d, c["textSize"])
        half = d // c["heads"] // 2
        angles = torch.arange(c["context"])[:, None] * c["ropeBase"] ** (-torch.arange(half) / half)
        self.register_buffer("cos", angles.cos().repeat(1, 2), persistent=False)  # [context, dh]
        self.register_buffer("sin", angles.sin().repeat(1, 2), persistent=False)

    def forward(self, ids, causal, cache=None):
        length = ids.shape[1]
        x = self.embedding(ids)
        rotary = [t[:length] if cache is None else cache.places(t, length) for t in (self.cos, self.sin)]
        for block in self.blocks:
            x = block(x, rotary, causal, cache)
        if cache is not None:
            cache.advance(length)
        return self.head(rms_norm(x, self.final_norm))

    @torch.no_grad()
    def load(self, path):
        """Weights of the TypeScript model from a safetensors file; its matrices are [in, out]."""
        tensors = read_safetensors(path)
        linear = {"query", "key", "value", "output", "gate", "up", "down"}
        self.embedding.weight.copy_(tensors["embedding"])
        self.final_norm.copy_(tensors["backbone.finalNorm"])
        self.head.weight.copy_(tensors["head.weight"].T)
        self.head.bias.copy_(tensors["head.bias"])
        for i, block in enumerate(self.blocks):
            get = lambda name: tensors[f"backbone.blocks.{i}.{name}"]
            for name in linear:
                getattr(block, name).weight.copy_(get(name).T)
            block.attention_norm.copy_(get("attentionNorm"))
            block.mlp_norm.copy_(get("mlpNorm"))
            if block.convolution is not None:
                block.convolution.copy_(get("convolution"))


class GrowingCache:
    """Keys and values concatenated at each step, as Hugging Face's DynamicCache does."""

    mask = None

    def __init__(self):
        self.length = 0
        self.kv = {}
        self.inputs = {}

    def append(self, block, k, v):
        if block in self.kv:
            old_k, old_v = self.kv[block]
            k, v = torch.cat([old_k, k], dim=2), torch.cat([old_v, v], dim=2)
        self.kv[block] = (k, v)
        return k, v

    def history(self, block, n, taps):
        """The convolution's last inputs, then the new ones [B, taps + L, D]."""
        held = self.inputs.get(block)
        joined = F.pad(n, (0, 0, taps, 0)) if held is None else torch.cat([held, n], dim=1)
        self.inputs[block] = joined[:, -taps:]
        return joined

    def places(self, table, length):
        return table[self.length : self.length + length]

    def advance(self, length):
        self.length += length


class StaticCache:
    """Keys and values written in place, a token a step: shapes never change, so that one compiled step serves every position
    (gpt-fast, Hugging Face's StaticCache)."""

    def __init__(self, model, batch, length):
        d, heads = model.config["width"], model.config["heads"]
        self.at = torch.zeros(1, dtype=torch.long)
        self.mask = torch.arange(length)[None] == 0  # [1, length]: what a query sees
        empty = lambda: torch.zeros(batch, heads, length, d // heads)
        self.kv = {block: (empty(), empty()) for block in model.blocks}
        self.inputs = {block: torch.zeros(batch, model.config["convolution"], d) for block in model.blocks}

    def append(self, block, k, v):
        held_k, held_v = self.kv[block]
        return held_k.index_copy_(2, self.at, k), held_v.index_copy_(2, self.at, v)

    def history(self, block, n, taps):
        joined = torch.cat([self.inputs[block], n], dim=1)
        self.inputs[block].copy_(joined[:, 1:])
        return joined

    def places(self, table, length):
        return table[self.at]

    def advance(self, length):
        self.at += 1
        self.mask.index_fill_(1, self.at.clamp(max=self.mask.shape[1] - 1), True)


def rms_norm(x, gain):
    return F.rms_norm(x, gain.shape, gain, 1e-6)


def rotate(x, rotary):
    """Half-split pairs (i, i + dh/2), Hugging Face's rotate_half."""
    cos, sin = rotary
    first, second = x.chunk(2, dim=-1)
    return x * cos + torch.cat([-second, first], dim=-1) * sin


def read_safetensors(path):
    with open(path, "rb") as file:
        data = bytearray(file.read())
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    out = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = (8 + size + at for at in entry["data_offsets"])
        count = math.prod(entry["shape"])
        assert entry["dtype"] == "F32" and end - begin == 4 * count, name
        out[name] = torch.frombuffer(data, dtype=torch.float32, count=count, offset=begin).reshape(entry["shape"])
    return out
