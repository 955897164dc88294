"""Goldens of methods that PEFT has, two for each case, in adapters and in init: python make.py [NAME…], all by default,
with torch 2.15 and peft 0.21.2. It saves what trains below the layer; frozen or shared tensors would be more."""

import json
import os
import sys
from collections import OrderedDict

import torch
from peft import IA3Config, get_peft_model
from safetensors.torch import save_file

REFERENCE = "peft 0.21.2, torch 2.15.0, float64 on float32 values"
GOLDENS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
on = {"target_modules": ["layer"]}
# the adapter of a recipe, PEFT's settings of the same, and the weight's shape (out, in)
CASES = {
    "ia3": ({"method": "ia3", "feedforward": False}, IA3Config(feedforward_modules=[], **on), (20, 28)),
    "ia3-feedforward": (
        {"method": "ia3", "feedforward": True},
        IA3Config(feedforward_modules=["layer"], **on),
        (24, 16),
    ),
}


def build(config, shape, seed):
    """Returns a layer adapted by PEFT, whose own weights do not depend on the seed, and what trains."""
    torch.manual_seed(0)
    net = torch.nn.Sequential(OrderedDict(layer=torch.nn.Linear(shape[1], shape[0])))
    torch.manual_seed(seed)
    model = get_peft_model(net, config).double()
    trainable = {name: each for name, each in model.named_parameters() if each.requires_grad}
    return model, {name.split("layer.")[1].split(".")[0]: each for name, each in trainable.items()}


def prefixed(group, tensors):
    return {f"{group}.{name}": each for name, each in tensors.items()}


def save(folder, case, tensors):
    os.makedirs(os.path.join(GOLDENS, folder), exist_ok=True)
    kept = {name: each.detach().float().contiguous().clone() for name, each in tensors.items()}
    save_file(kept, os.path.join(GOLDENS, folder, "tensors.safetensors"))
    with open(os.path.join(GOLDENS, folder, "case.json"), "w") as file:
        file.write(json.dumps({**case, "reference": REFERENCE}) + "\n")


def make_adapter(name, adapter, config, shape):
    model, trainable = build(config, shape, 1)
    for each in trainable.values():
        each.data = (each.float() + 0.3 * torch.randn(each.shape)).double()
    layer = model.base_model.model.layer.base_layer
    own = {"weight": layer.weight.clone(), "bias": layer.bias.clone()}
    x, dy = (torch.randn(5, size).double() for size in reversed(shape))
    y = model(x.requires_grad_())
    y.backward(dy)
    gradients = {name: each.grad for name, each in trainable.items()}
    tensors = {**own, "x": x, "dy": dy, "y": y, "dx": x.grad}
    tensors |= prefixed("trainable", trainable) | prefixed("grad", gradients)
    merged = model.merge_and_unload().layer
    changed = {} if torch.equal(merged.bias, own["bias"]) else {"mergedBias": merged.bias}
    save(f"adapters/{name}", {"kind": "adapter", "adapter": adapter}, {**tensors, "merged": merged.weight, **changed})


def make_init(name, adapter, config, shape):
    (model, trainable), (_, others) = build(config, shape, 1), build(config, shape, 2)
    shapes = {name: list(each.shape) for name, each in trainable.items()}
    count = sum(each.numel() for each in trainable.values())
    case = {"kind": "init", "adapter": adapter, "weightShape": shape, "trainable": shapes, "frozen": {}}
    same = {name: each for name, each in trainable.items() if torch.equal(each, others[name])}  # the others are random
    tensors = {"weight": model.base_model.model.layer.base_layer.weight.clone(), **prefixed("trainable", same)}
    merged = model.merge_and_unload().layer.weight
    save(f"init/{name}", {**case, "trainableCount": count}, {**tensors, "merged": merged})


for name in sys.argv[1:] or CASES:
    make_adapter(name, *CASES[name])
    make_init(name, *CASES[name])
