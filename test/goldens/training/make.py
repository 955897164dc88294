"""Trainings by the Trainer of Hugging Face, where the last micro-batch of an epoch is not full and texts differ in length:

python make.py llama-lora-micro-batches llama-lora, with transformers 4.41.2, peft 0.11.1, accelerate 0.30.1 and numpy below 2,
python make.py llama-lora-tokens llama-lora, with transformers 5.24.0, peft 0.21.2, accelerate 1.15.0, and with these
python make.py olmo2-lora-tokens ../models/olmo2-gqa
python make.py gemma3-lora-tokens ../models/gemma3-scaled
python make.py smollm3-lora-tokens ../models/smollm3-nope 0.005
python make.py granite-lora-tokens ../models/granite-gqa
and python make.py olmo3-lora-tokens ../models/olmo3-window 0.001; all with torch 2.15.0 on a CPU.
The second argument is the folder of the model, the third the learning rate; at 0.02, the default, those with another rate are
too sensitive to the rounding of bfloat16. Losses are what the Trainer reports, before it rounds them to four digits.
"""

import json
import os
import shutil
import sys

import accelerate
import peft
import torch
import transformers
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from torch.utils.data import SequentialSampler
from transformers import AutoModelForCausalLM, Trainer, TrainerCallback, TrainingArguments

CASE, BASE, *RATE = sys.argv[1:]
RATE = float(RATE[0]) if RATE else 0.02
EXAMPLES, MICRO_BATCH, ACCUMULATION, EPOCHS = 13, 2, 3, 5
TARGETS = ["q_proj", "v_proj", "down_proj"]

# texts of 3 to 16 tokens; the first is a target from its first token on, the others begin with a prompt
generator = torch.Generator().manual_seed(29)
examples = []
for i in range(EXAMPLES):
    length = 3 + int(torch.randint(14, (), generator=generator))
    prompt = 0 if i == 0 else 1 + int(torch.randint(length - 2, (), generator=generator))
    ids = torch.randint(3, 67, (length,), generator=generator)
    labels = ids.clone()
    labels[:prompt] = -100
    examples.append({"input_ids": ids, "labels": labels})


def collate(chosen):
    longest = max(len(each["input_ids"]) for each in chosen)
    pad = lambda values, by: torch.cat([values, torch.full((longest - len(values),), by)])
    return {
        "input_ids": torch.stack([pad(each["input_ids"], 0) for each in chosen]),
        "attention_mask": torch.stack([pad(torch.ones_like(each["input_ids"]), 0) for each in chosen]),
        "labels": torch.stack([pad(each["labels"], -100) for each in chosen]),
    }


losses, norms, rates = [], [], []


class InOrder(Trainer):
    def _get_train_sampler(self, *_):
        return SequentialSampler(self.train_dataset)

    def _maybe_log_save_evaluate(self, tr_loss, grad_norm, *others, **named):
        if self.control.should_log:
            losses.append(tr_loss.item())
            norms.append(float(grad_norm))
            rates.append(self.lr_scheduler.get_last_lr()[0])  # of the next step
        super()._maybe_log_save_evaluate(tr_loss, grad_norm, *others, **named)


class FirstRate(TrainerCallback):
    def on_train_begin(self, *_, lr_scheduler, **others):
        rates.append(lr_scheduler.get_last_lr()[0])


model = AutoModelForCausalLM.from_pretrained(BASE)
torch.manual_seed(41)
model = get_peft_model(model, LoraConfig(r=4, lora_alpha=8, target_modules=TARGETS, task_type="CAUSAL_LM"))
trainables = {name: value for name, value in model.named_parameters() if value.requires_grad}
for value in trainables.values():
    torch.nn.init.normal_(value, std=0.1)


def save(file):
    named = {
        name.removeprefix("base_model.model.").replace("lora_", "trainable.lora_").removesuffix(".default.weight"): value
        for name, value in trainables.items()
    }
    save_file({name: value.detach().clone().contiguous() for name, value in named.items()}, file)


os.makedirs(CASE, exist_ok=True)
for file in ["config.json", "model.safetensors"]:
    shutil.copyfile(f"{BASE}/{file}", f"{CASE}/{file}")
save_file({f"{name}.{i}": value for i, each in enumerate(examples) for name, value in each.items()}, f"{CASE}/examples.safetensors")
save(f"{CASE}/adapter.safetensors")
arguments = TrainingArguments(
    output_dir="/tmp/trainer",
    per_device_train_batch_size=MICRO_BATCH,
    gradient_accumulation_steps=ACCUMULATION,
    num_train_epochs=EPOCHS,
    learning_rate=RATE,
    lr_scheduler_type="linear",
    warmup_steps=2,
    logging_steps=1,
    save_strategy="no",
    report_to=[],
    remove_unused_columns=False,
    use_cpu=True,
)
InOrder(model, arguments, data_collator=collate, train_dataset=examples, callbacks=[FirstRate()]).train()
save(f"{CASE}/expected.safetensors")

with open(f"{CASE}/expected.json", "w") as file:
    json.dump({"losses": losses, "lrs": rates[:-1], "gradNorms": norms}, file, indent=1)
with open(f"{CASE}/case.json", "w") as file:
    case = {
        "kind": "training",
        "task": "causal-lm",
        "adapter": {"method": "lora", "rank": 4, "alpha": 8},
        "targets": TARGETS,
        "train": {
            "lr": RATE,
            "schedule": "linear",
            "warmup": 2,
            "weightDecay": 0.0,
            "clip": 1.0,
            "betas": [0.9, 0.999],
            "eps": 1e-08,
            "epochs": {
                "epochs": EPOCHS,
                "batch": MICRO_BATCH * ACCUMULATION,
                "microBatch": MICRO_BATCH,
                "weighting": CASE.split("-lora-")[1],
            },
        },
        "steps": len(losses),
        "reference": f"Trainer of transformers {transformers.__version__}, torch {torch.__version__.split('+')[0]}, CPU float32, "
        f"peft {peft.__version__}, accelerate {accelerate.__version__}: ../make.py",
        "note": "examples.safetensors: input_ids and labels of every example (T), not padded; an epoch takes them in this order.",
    }
    json.dump(case, file, indent=1)
    file.write("\n")
print(transformers.__version__, len(losses), [round(x, 4) for x in losses], [round(x, 4) for x in norms], rates[:-1], sep="\n")
