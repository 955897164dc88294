"""The golden of a generation:

python make.py CASE [BEAMS], with transformers 5.24.0 and torch 2.15.0 on a CPU.

CASE is a folder with a config.json. It gets a checkpoint of random weights, prompts of different lengths, and what transformers
generates after them, by default greedily. The eos is the token that ends the first text soonest.
"""

import json
import sys

import torch
import transformers
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForCausalLM

CASE, *ARGUMENTS = sys.argv[1:]
BEAMS = int(ARGUMENTS[0]) if ARGUMENTS else 1
LENGTHS, NEW = [9, 4, 6], 18

torch.manual_seed(23)
config = AutoConfig.from_pretrained(CASE)
model = AutoModelForCausalLM.from_config(config, dtype=torch.float32, attn_implementation="eager").eval()
parameters = dict(model.named_parameters())
with torch.no_grad():
    for name, value in parameters.items():
        is_gain = value.dim() == 1 and name.endswith("weight")
        value.normal_(1 if is_gain else 0, 0.3)

prompts = [torch.randint(3, config.vocab_size, (length,)) for length in LENGTHS]
longest = max(LENGTHS)
pad = lambda prompt, by: torch.cat([torch.full((longest - len(prompt),), by), prompt])
ids = torch.stack([pad(prompt, 0) for prompt in prompts])
mask = torch.stack([pad(torch.ones_like(prompt), 0) for prompt in prompts])


def generate(eos):
    return model.generate(
        ids,
        attention_mask=mask,
        max_new_tokens=NEW,
        do_sample=False,
        num_beams=BEAMS,
        eos_token_id=eos,
        pad_token_id=0,
        return_dict_in_generate=True,
        output_scores=True,
    )


free = generate(None).sequences[0, longest:].tolist()
eos = free[NEW // 2]
output = generate(eos)
expected = []
for row in output.sequences[:, longest:].tolist():
    expected.append(row[: row.index(eos)] if eos in row else row)

save_file({name: value.detach() for name, value in parameters.items()}, f"{CASE}/model.safetensors", {"format": "pt"})
case = {
    "kind": "generation",
    "task": "causal-lm",
    "mode": "beam" if BEAMS > 1 else "greedy",
    **({"beams": BEAMS} if BEAMS > 1 else {}),
    "maxNewTokens": NEW,
    "eosIds": [eos],
    "prompts": [prompt.tolist() for prompt in prompts],
    "expected": expected,
    **({"scores": [round(score, 5) for score in output.sequences_scores.tolist()]} if BEAMS > 1 else {}),
    "reference": f"transformers {transformers.__version__}, torch {torch.__version__.split('+')[0]}, CPU float32, generate: ../make.py",
    "note": "One call of generate for all prompts, padded on the left with an attention mask. expected holds the new ids before the first eos.",
}
with open(f"{CASE}/case.json", "w") as file:
    json.dump(case, file, indent=1)
    file.write("\n")
print(transformers.__version__, [len(ids) for ids in expected])
