"""The two models of the comparison, from checkpoints in float32, with PyTorch's fused attention."""

import math
import re

import torch
from transformers import LlamaForCausalLM, ViTForImageClassification


def vit_b(folder):
    return opened(ViTForImageClassification, folder, torch.float32)


def smollm2(folder, dtype=torch.float32):
    return opened(LlamaForCausalLM, folder, dtype)


def opened(kind, folder, dtype):
    model, report = kind.from_pretrained(folder, dtype=dtype, attn_implementation="sdpa", output_loading_info=True)
    assert not any(report.values()), report
    return model


def fixed_ids(shape, vocabulary):
    """The token ids of causal-subject.ts."""
    return (torch.arange(math.prod(shape)) * 7919 % vocabulary).reshape(shape)


def block_linears(model, per_block):
    """The paths of all linears inside the blocks: ViT's six, Llama's seven, whatever their names in this release."""
    linears = [name for name, module in model.named_modules() if isinstance(module, torch.nn.Linear)]
    inside = [name for name in linears if re.search(r"\blayers?\.\d+\.", name)]
    assert len(inside) == per_block * model.config.num_hidden_layers, inside
    return inside
