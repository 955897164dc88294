"""What transformers answers to texts: a JSON object {folder, what, texts, out} on stdin, answers as safetensors in `out`."""

import json
import sys

import torch
import transformers
from safetensors.torch import save_file
from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer

asked = json.load(sys.stdin)
auto = AutoModelForCausalLM if asked["what"] == "logits" else AutoModel
model = auto.from_pretrained(asked["folder"], dtype=torch.float32, local_files_only=True).eval()
tokenizer = AutoTokenizer.from_pretrained(asked["folder"], local_files_only=True)

answers = {}
with torch.no_grad():
    for number, text in enumerate(asked["texts"]):
        out = model(**tokenizer(text, return_tensors="pt"))
        found = out.logits if asked["what"] == "logits" else out.last_hidden_state
        answers[str(number)] = found[0].float().contiguous()
save_file(answers, asked["out"])
print(f"transformers {transformers.__version__}, torch {torch.__version__.split('+')[0]}")
