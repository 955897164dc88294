"""The golden of a model:

python make.py CASE [left], with transformers 5.24.0 and torch 2.15.0 on a CPU.

CASE is a folder with a config.json, whose `architectures` names the class. It gets a checkpoint of random weights, a batch, and
what transformers computes: logits, loss and the gradients of all weights. The last text is padded on the right (or on the left).
Images have the crop_size of a preprocessor_config.json in the folder, or else the image_size of config.json.
"""

import json
import os
import sys

import torch
import transformers
from safetensors.torch import save_file
from transformers import AutoConfig

CASE = sys.argv[1]
IS_LEFT = sys.argv[2:] == ["left"]
TEXTS, TOKENS, PADDING = 3, 16, 5

torch.manual_seed(17)
config = AutoConfig.from_pretrained(CASE)
(name,) = config.architectures
CLASSIFIERS = {"SequenceClassification": "sequence-classification", "ImageClassification": "image-classification"}
HAS_TEACHER = name.endswith("WithTeacher")
task = CLASSIFIERS.get(name.split("For")[-1].removesuffix("WithTeacher"), "causal-lm")
model = getattr(transformers, name)._from_config(config, dtype=torch.float32, attn_implementation="eager").eval()


def checkpoint_name(name):
    """The name in the hub's checkpoints of a parameter, whose module transformers 5.24 has renamed."""
    if config.model_type in ("dinov2", "deit"):
        for new, old in {"q_proj": "attention.query", "k_proj": "attention.key", "v_proj": "attention.value", "o_proj": "output.dense"}.items():
            name = name.replace(f"attention.{new}", f"attention.{old}")
    if config.model_type == "deit":
        for new, old in {"deit.layers": "deit.encoder.layer", "mlp.fc1": "intermediate.dense", "mlp.fc2": "output.dense"}.items():
            name = name.replace(new, old)
    return name


parameters = {checkpoint_name(name): value for name, value in model.named_parameters()}  # without a tied head
with torch.no_grad():
    for name, value in parameters.items():
        is_gain = value.dim() == 1 and name.endswith("weight")
        value.normal_(1 if is_gain else 0, 0.2)  # with usual initial values, errors like a missing norm may hardly show


def text_inputs():
    ids = torch.randint(3, config.vocab_size, (TEXTS, TOKENS))
    mask = torch.ones_like(ids)
    padded = slice(0, PADDING) if IS_LEFT else slice(TOKENS - PADDING, TOKENS)
    ids[-1, padded] = config.pad_token_id or 0
    mask[-1, padded] = 0
    return {"input_ids": ids, "attention_mask": mask}


def causal_inputs():
    inputs = text_inputs()
    ids, mask = inputs["input_ids"], inputs["attention_mask"]
    labels = ids.masked_fill(mask == 0, -100)
    labels[0, :3] = -100  # a prompt
    if IS_LEFT:
        labels[-1, PADDING] = -100  # predicted at a padded position, which attends to nothing
    return {**inputs, "labels": labels}


def labelled(inputs):
    labels = torch.randn(TEXTS) if config.num_labels == 1 else torch.randint(0, config.num_labels, (TEXTS,))
    return {**inputs, "labels": labels}


def sequence_inputs():
    inputs = text_inputs()
    if getattr(config, "type_vocab_size", 0) > 1:
        inputs["token_type_ids"] = torch.randint(0, config.type_vocab_size, (TEXTS, TOKENS))
    return labelled(inputs)


def image_size():
    processor = f"{CASE}/preprocessor_config.json"
    if os.path.exists(processor):
        with open(processor) as file:
            size = json.load(file)["crop_size"]
        return size["height"], size["width"]
    size = config.image_size
    return size if isinstance(size, list) else (size, size)


def image_inputs():
    height, width = image_size()
    return labelled({"pixel_values": torch.randn(TEXTS, config.num_channels, height, width)})


inputs = {"causal-lm": causal_inputs, "sequence-classification": sequence_inputs, "image-classification": image_inputs}[task]()
options = {}
if task == "causal-lm":
    options["position_ids"] = (inputs["attention_mask"].cumsum(-1) - 1).clamp(min=0)  # from a text's first real token, as in generation
if HAS_TEACHER:  # takes no labels
    output = model(inputs["pixel_values"])
    loss = torch.nn.functional.cross_entropy(output.logits, inputs["labels"])
else:
    output = model(**inputs, **options)
    loss = output.loss
loss.backward()
gradients = {name: value.grad for name, value in parameters.items() if value.grad is not None}
largest = max(value.abs().max() for value in gradients.values())
zero = [name for name, value in gradients.items() if value.abs().max() < 1e-6 * largest]
logits = output.logits.detach()
expected = {
    "logits": logits * inputs["attention_mask"][..., None] if task == "causal-lm" else logits,
    "loss": loss.detach().reshape(1),
    **{f"grad.{name}": value for name, value in gradients.items()},
}
save_file({name: value.detach() for name, value in parameters.items()}, f"{CASE}/model.safetensors", {"format": "pt"})
save_file(inputs, f"{CASE}/inputs.safetensors")
save_file(expected, f"{CASE}/expected.safetensors")

with open(f"{CASE}/case.json", "w") as file:
    reference = f"transformers {transformers.__version__}, torch {torch.__version__.split('+')[0]}, CPU float32, eager attention: ../make.py"
    json.dump({"kind": "model", "task": task, **({"zeroGrads": zero} if zero else {}), "reference": reference}, file, indent=1)
    file.write("\n")
print(transformers.__version__, loss.item())
