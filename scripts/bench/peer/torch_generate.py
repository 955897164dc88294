"""Greedy decoding in PyTorch, one batch of prompts a `go` on stdin (see server.py).

    yes go | python torch_generate.py --batch 16 --steps 3
"""

import argparse
import time
import warnings

import torch

import models
from server import serve


def main():
    options = arguments()
    torch.manual_seed(0)
    torch.set_num_threads(options.threads)
    model = models.smollm2(options.folder, torch.bfloat16 if options.bfloat16 else torch.float32).eval()
    model.generation_config.eos_token_id = None  # every output has --new tokens
    model.generation_config.pad_token_id = 0
    prompts = models.fixed_ids((options.batch, options.prompt), model.config.vocab_size)
    mask = torch.ones_like(prompts)

    def generate(count):
        start = time.perf_counter()
        out = model.generate(prompts, attention_mask=mask, min_new_tokens=count, max_new_tokens=count, do_sample=False)
        assert out.shape == (options.batch, options.prompt + count), out.shape
        return time.perf_counter() - start

    def decode():
        prefill = generate(1)
        whole = generate(options.new)
        return {
            "seconds": whole,
            "prefillSeconds": prefill,  # with the first token
            "tokensPerSecond": options.batch * (options.new - 1) / (whole - prefill),  # all tokens but the first
        }

    about = {
        "model": "smollm2",
        "batch": options.batch,
        "prompt": options.prompt,
        "new": options.new,
        "bfloat16": options.bfloat16,
    }
    serve(decode, warmup=options.warmup, limit=options.steps, about=about)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--prompt", type=int, default=128, help="tokens of a prompt")
    parser.add_argument("--new", type=int, default=64, help="tokens generated for each prompt")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, help="end after so many, not only at quit")
    parser.add_argument("--warmup", type=int, default=1, help="untimed batches before the first go")
    parser.add_argument("--folder", required=True, help="SmolLM2's checkpoint")
    parser.add_argument("--bfloat16", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    main()
