"""A training of a classifier with LoRA by PEFT and PyTorch's AdamW, from the model of another case:

python make_classifier.py CASE MODEL TARGETS HEADS, with transformers 5.24.0, peft 0.21.2 and torch 2.15.0 on a CPU, such as
python make_classifier.py distilbert-lora ../models/distilbert-3 q_lin,v_lin,lin2 pre_classifier,classifier
TARGETS are names of transformers 5.24; HEADS are linear layers that are trained in full, such as classifier.out_proj.
"""

import json
import os
import shutil
import sys

import peft
import torch
import transformers
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import AutoConfig, get_linear_schedule_with_warmup

CASE, BASE = sys.argv[1:3]
TARGETS, HEADS = [names.split(",") for names in sys.argv[3:5]]
STEPS, BATCH, LR, WARMUP, CLIP = 12, 3, 0.02, 2, 1.0

torch.manual_seed(37)
config = AutoConfig.from_pretrained(BASE)
model = getattr(transformers, config.architectures[0]).from_pretrained(BASE, attn_implementation="eager")
model = get_peft_model(model, LoraConfig(r=4, lora_alpha=8, target_modules=TARGETS, modules_to_save=HEADS)).eval()  # without dropout
OLDER = {"attention.q_proj": "attention.attention.query", "attention.v_proj": "attention.attention.value"}  # in checkpoints
trainables = {name: value for name, value in model.named_parameters() if value.requires_grad}
for name, value in trainables.items():
    if "lora_" in name:
        torch.nn.init.normal_(value, std=0.1)


def text():
    ids = torch.randint(3, config.vocab_size, (BATCH, 12))
    mask = torch.ones_like(ids)
    ids[-1, 8:] = config.pad_token_id or 0
    mask[-1, 8:] = 0
    return {"input_ids": ids, "attention_mask": mask}


PROCESSOR = "preprocessor_config.json"
FILES = [file for file in ["config.json", "model.safetensors", PROCESSOR] if os.path.exists(f"{BASE}/{file}")]


def image_size():
    if PROCESSOR not in FILES:
        return config.image_size, config.image_size
    with open(f"{BASE}/{PROCESSOR}") as file:
        size = json.load(file)["crop_size"]
    return size["height"], size["width"]


def image():
    return {"pixel_values": torch.randn(BATCH, config.num_channels, *image_size())}


IS_IMAGE = "Image" in config.architectures[0]
batches = [{**(image() if IS_IMAGE else text()), "labels": torch.randint(0, config.num_labels, (BATCH,))} for _ in range(STEPS)]


def older(name):
    for new, old in OLDER.items():
        name = name.replace(new, old)
    return name


def save(file, kept=""):
    named = {
        older(name.removeprefix("base_model.model."))
        .replace("modules_to_save.default.", "trainable.")
        .replace("lora_", "trainable.lora_")
        .removesuffix(".default.weight"): value
        for name, value in trainables.items()
        if kept in name
    }
    save_file({name: value.detach().clone().contiguous() for name, value in named.items()}, file)


os.makedirs(CASE, exist_ok=True)
for file in FILES:
    shutil.copyfile(f"{BASE}/{file}", f"{CASE}/{file}")
save_file({f"{name}.{i}": value for i, batch in enumerate(batches) for name, value in batch.items()}, f"{CASE}/batches.safetensors")
save(f"{CASE}/adapter.safetensors", "lora_")
optimizer = torch.optim.AdamW(trainables.values(), lr=LR, weight_decay=0.0)
scheduler = get_linear_schedule_with_warmup(optimizer, WARMUP, STEPS)
losses, rates, norms = [], [], []
for batch in batches:
    loss = model(**batch).loss
    loss.backward()
    losses.append(loss.item())
    rates.append(scheduler.get_last_lr()[0])
    norms.append(torch.nn.utils.clip_grad_norm_(trainables.values(), CLIP).item())
    optimizer.step()
    scheduler.step()
    optimizer.zero_grad()
save(f"{CASE}/expected.safetensors")

with open(f"{CASE}/expected.json", "w") as file:
    json.dump({"losses": losses, "lrs": rates, "gradNorms": norms}, file, indent=1)
with open(f"{CASE}/case.json", "w") as file:
    case = {
        "kind": "training",
        "task": "image-classification" if IS_IMAGE else "sequence-classification",
        "adapter": {"method": "lora", "rank": 4, "alpha": 8},
        "targets": [older(f"attention.{name}").removeprefix("attention.") for name in TARGETS],
        "heads": HEADS,
        "train": {
            "lr": LR,
            "schedule": "linear",
            "warmup": WARMUP,
            "weightDecay": 0.0,
            "clip": CLIP,
            "betas": [0.9, 0.999],
            "eps": 1e-08,
            "microBatches": 1,
        },
        "steps": STEPS,
        "reference": f"transformers {transformers.__version__}, torch {torch.__version__.split('+')[0]}, CPU float32, "
        f"peft {peft.__version__}: ../make_classifier.py",
    }
    json.dump(case, file, indent=1)
    file.write("\n")
print(losses)
