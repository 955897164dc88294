"""The two models of the comparison, in float32, with PyTorch's fused attention."""

import re

import torch
from transformers import LlamaConfig, LlamaForCausalLM, ViTConfig, ViTForImageClassification


def vit_b(labels=100):
    """ViT-B/16 at 224 x 224, random weights: speed and memory do not depend on them."""
    return ViTForImageClassification(ViTConfig(num_labels=labels, attn_implementation="sdpa"))


def smollm2(folder=None):
    """SmolLM2-135M from `folder`, or of its shape with random weights."""
    if folder:
        return LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="sdpa")
    return LlamaForCausalLM(
        LlamaConfig(
            hidden_size=576,
            intermediate_size=1536,
            num_hidden_layers=30,
            num_attention_heads=9,
            num_key_value_heads=3,
            vocab_size=49152,
            max_position_embeddings=8192,
            rope_theta=100000.0,
            tie_word_embeddings=True,
            attn_implementation="sdpa",
        )
    )


def block_linears(model, per_block):
    """The paths of all linears inside the blocks: ViT's six, Llama's seven, whatever their names in this release."""
    linears = [name for name, module in model.named_modules() if isinstance(module, torch.nn.Linear)]
    inside = [name for name in linears if re.search(r"\blayers?\.\d+\.", name)]
    assert len(inside) == per_block * model.config.num_hidden_layers, inside
    return inside
