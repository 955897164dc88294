"""Trainings of methods that start from singular values, on the model and the texts of llama-lora:
python make_singular.py, with torch 2.15.0, transformers 5.24.0 and peft 0.21.2 on a CPU.
"""

import json
import math
import os
import shutil

import torch
from peft import LoraConfig, OSFConfig, PsoftConfig, get_peft_model
from peft.tuners.lora.config import KasaConfig
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForCausalLM

BASE, STEPS, WARMUP, ACCUMULATION = "llama-lora", 10, 2, 2
TARGETS = ["q_proj", "v_proj", "down_proj"]
on = {"target_modules": TARGETS}
# the adapter of a recipe, PEFT's settings of the same, and a learning rate
CASES = {
    "llama-pissa": (
        {"method": "pissa", "rank": 4, "alpha": 8},
        LoraConfig(r=4, lora_alpha=8, init_lora_weights="pissa", **on),
        0.01,
    ),
    # the penalties are larger than usual, so that they show
    "llama-kasa": (
        {"method": "kasa", "rank": 4, "alpha": 8, "beta": 0.05, "gamma": 0.1},
        LoraConfig(r=4, lora_alpha=8, kasa_config=KasaConfig(beta=0.05, gamma=0.1), **on),
        0.01,
    ),
    "llama-psoft": (
        {"method": "psoft", "rank": 6, "alpha": 12, "magnitudes": True},
        PsoftConfig(r=6, psoft_alpha=12, **on),
        0.02,
    ),
    "llama-osf": ({"method": "osf", "kept": 5}, OSFConfig(effective_rank=5, **on), 0.005),
}


def load():
    model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(BASE))
    model.load_state_dict(load_file(f"{BASE}/model.safetensors"))
    return model


def our_name(name):
    """…q_proj.lora_A.default.weight → …q_proj.trainable.lora_A"""
    path, own = name.removeprefix("base_model.model.").split("_proj.")
    parts = [part for part in own.split(".") if part not in ("default", "osf_svd_params")]
    last = parts[-1] if parts[0] == "psoft_R" and parts[-1] != "weight" else parts[0]
    return f"{path}_proj.trainable.{last}"


def frozen(model, adapter, weights):
    """The frozen tensors of every module, by our names."""
    found = {}
    for path in sorted({name.split(".trainable.")[0] for name in map(our_name, trainables(model))}):
        layer = model.base_model.model.get_submodule(path)
        if adapter["method"] in ("pissa", "kasa"):
            own = {"residual": layer.base_layer.weight}
        elif adapter["method"] == "psoft":
            own = dict(zip(("psoft_A", "psoft_B"), layer._get_psoft_ab_cache_buffers("default")))
        else:
            kept = adapter["kept"]
            u, s, v = torch.linalg.svd(weights[f"{path}.weight"], full_matrices=False)
            own = {"U_high": u[:, :kept], "S_high": s[:kept], "V_high": v[:kept]}
        found |= {f"{path}.frozen.{name}": value for name, value in own.items()}
    return found


def trainables(model):
    return {name: value for name, value in model.named_parameters() if value.requires_grad}


def save(file, tensors):
    save_file({name: value.detach().contiguous().clone() for name, value in tensors.items()}, file)


texts = load_file(f"{BASE}/batches.safetensors")
for case, (adapter, config, peak) in CASES.items():
    torch.manual_seed(0)
    model = load()
    weights = {name: value.detach().clone() for name, value in model.named_parameters()}
    model = get_peft_model(model, config)
    os.makedirs(case, exist_ok=True)
    named = {our_name(name): value for name, value in trainables(model).items()}
    save(f"{case}/adapter.safetensors", named | frozen(model, adapter, weights))

    optimizer = torch.optim.AdamW(named.values(), betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)
    expected = {"losses": [], "lrs": [], "gradNorms": []}
    for step in range(STEPS):
        decayed = 0.5 * (1 + math.cos(math.pi * (step - WARMUP) / (STEPS - WARMUP)))
        rate = peak * (step / WARMUP if step < WARMUP else decayed)
        optimizer.param_groups[0]["lr"] = rate
        optimizer.zero_grad()
        losses = []
        for micro in range(step * ACCUMULATION, (step + 1) * ACCUMULATION):
            inputs = {name: texts[f"{name}.{micro}"] for name in ("input_ids", "attention_mask", "labels")}
            loss = model(**inputs).loss
            losses.append(loss.item())
            penalty = model.base_model._get_kasa_loss() if adapter["method"] == "kasa" else 0
            ((loss + penalty) / ACCUMULATION).backward()
        expected["losses"].append(sum(losses) / ACCUMULATION)
        expected["lrs"].append(rate)
        expected["gradNorms"].append(torch.nn.utils.clip_grad_norm_(named.values(), 1.0).item())
        optimizer.step()

    save(f"{case}/expected.safetensors", named)
    used = STEPS * ACCUMULATION
    save(f"{case}/batches.safetensors", {name: value for name, value in texts.items() if int(name.split(".")[1]) < used})
    for file in ("config.json", "model.safetensors"):
        shutil.copy(f"{BASE}/{file}", case)
    train = {"lr": peak, "schedule": "cosine", "warmup": WARMUP, "weightDecay": 0.01, "clip": 1.0, "betas": [0.9, 0.999]}
    described = {
        "kind": "training",
        "task": "causal-lm",
        "adapter": adapter,
        "targets": TARGETS,
        "train": {**train, "eps": 1e-8, "microBatches": ACCUMULATION},
        "steps": STEPS,
        "reference": "peft 0.21.2, transformers 5.24.0, torch 2.15.0, CPU float32",
    }
    for file, content in (("case.json", described), ("expected.json", expected)):
        with open(f"{case}/{file}", "w") as opened:
            opened.write(json.dumps(content, indent=1) + "\n")
