"""The golden of a causal language model:

python make.py CASE [left], with transformers 5.24.0 and torch 2.15.0 on a CPU.

CASE is a folder with a config.json. It gets a checkpoint of random weights, a batch whose last text is padded on the right
(or on the left), and what transformers computes: logits, loss and the gradients of all weights.
"""

import json
import sys

import torch
import transformers
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForCausalLM

CASE = sys.argv[1]
IS_LEFT = sys.argv[2:] == ["left"]
TEXTS, TOKENS, PADDING = 3, 16, 5

torch.manual_seed(17)
config = AutoConfig.from_pretrained(CASE)
model = AutoModelForCausalLM.from_config(config, dtype=torch.float32, attn_implementation="eager").eval()
parameters = dict(model.named_parameters())  # without a tied head
with torch.no_grad():
    for name, value in parameters.items():
        is_gain = value.dim() == 1 and name.endswith("weight")
        value.normal_(1 if is_gain else 0, 0.2)  # with usual initial values, errors like a missing norm may hardly show

ids = torch.randint(3, config.vocab_size, (TEXTS, TOKENS))
mask = torch.ones_like(ids)
padded = slice(0, PADDING) if IS_LEFT else slice(TOKENS - PADDING, TOKENS)
ids[-1, padded] = config.pad_token_id or 0
mask[-1, padded] = 0
labels = ids.masked_fill(mask == 0, -100)
labels[0, :3] = -100  # a prompt
if IS_LEFT:
    labels[-1, PADDING] = -100  # predicted at a padded position, which attends to nothing

inputs = {"input_ids": ids, "attention_mask": mask, "labels": labels}
positions = (mask.cumsum(-1) - 1).clamp(min=0)  # from a text's first real token, as in generation
output = model(**inputs, position_ids=positions)
output.loss.backward()
expected = {
    "logits": output.logits.detach() * mask[..., None],
    "loss": output.loss.detach().reshape(1),
    **{f"grad.{name}": value.grad for name, value in parameters.items()},
}
save_file({name: value.detach() for name, value in parameters.items()}, f"{CASE}/model.safetensors", {"format": "pt"})
save_file(inputs, f"{CASE}/inputs.safetensors")
save_file(expected, f"{CASE}/expected.safetensors")

with open(f"{CASE}/case.json", "w") as file:
    reference = f"transformers {transformers.__version__}, torch {torch.__version__.split('+')[0]}, CPU float32, eager attention: ../make.py"
    json.dump({"kind": "model", "task": "causal-lm", "reference": reference}, file, indent=1)
    file.write("\n")
print(transformers.__version__, output.loss.item())
