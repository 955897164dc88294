"""Training steps in PyTorch, one a `go` on stdin (see server.py): forward, backward, clipping, AdamW.

    yes go | python torch_step.py --model vit-b --method lora --steps 3
"""

import argparse
import time
import warnings

import peft
import torch
from torch._inductor.compile_fx import compile_fx
from torch.nn import functional as F

import models
import svft
from server import serve


def main():
    options = arguments()
    torch.manual_seed(0)
    torch.set_num_threads(options.threads)
    is_vit = options.model == "vit-b"
    batch = options.batch or (8 if is_vit else 4)
    model = models.vit_b(options.folder) if is_vit else models.smollm2(options.folder)
    inputs = images(batch) if is_vit else texts(batch, options.tokens, model.config.vocab_size)
    model = adapt(model, options)
    model.train()

    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if options.bfloat16 and options.frozen == "bfloat16":
        for tensor in [*model.parameters(), *model.buffers()]:
            if not tensor.requires_grad and tensor.ndim > 1:
                tensor.data = tensor.data.bfloat16()
    optimizer = torch.optim.AdamW(trainable, lr=options.lr, weight_decay=0, fused=True)
    forward = torch.compile(model, backend=compiler(options), fullgraph=True) if options.compile else model

    losses = []

    def step():
        start = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16, enabled=options.bfloat16):
            loss = forward(**inputs).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trainable, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
        return {"seconds": time.perf_counter() - start, "loss": losses[-1]}

    about = {
        "model": options.model,
        "method": options.method,
        "batch": batch,
        "tokens": None if is_vit else options.tokens,
        "formulation": options.formulation if options.method.startswith("svft") else None,
        "compile": options.compile,
        "bfloat16": options.bfloat16,
        "trainable": sum(parameter.numel() for parameter in trainable),
        "losses": losses,  # of all steps, the warm-up's too
    }
    serve(step, warmup=options.warmup, limit=options.steps, about=about)


def adapt(model, options):
    """All linears of the blocks get the adapter, and ViT's classifier trains whole; with `full`, everything does."""
    if options.method == "full":
        return model
    is_vit = options.model == "vit-b"
    paths = models.block_linears(model, per_block=6 if is_vit else 7)
    if options.method == "lora":
        heads = ["classifier"] if is_vit else None
        config = peft.LoraConfig(r=8, lora_alpha=8, target_modules=paths, modules_to_save=heads)
        return peft.get_peft_model(model, config)
    diagonals = options.diagonals if options.method == "svft-banded" else 0
    svft.attach(model, paths, diagonals=diagonals, factorized=options.formulation == "factorized")
    if is_vit:
        model.classifier.requires_grad_(True)
    return model


def compiler(options):
    """Inductor, which first sees that every linear of a graph is in the precision of the run."""
    expected = torch.bfloat16 if options.bfloat16 else torch.float32

    def compile_graph(graph, inputs):
        linears = [node for node in graph.graph.nodes if node.target in (F.linear, torch._C._nn.linear)]
        types = {node.meta["example_value"].dtype for node in linears}
        assert types == {expected}, types
        return compile_fx(graph, inputs)

    return compile_graph


def images(batch):
    """The images of vit-subject.ts."""
    pixels = torch.arange(batch * 3 * 224 * 224, dtype=torch.float64).sin().float()
    return {"pixel_values": pixels.reshape(batch, 3, 224, 224), "labels": torch.arange(batch) % 100}


def texts(batch, tokens, vocabulary):
    ids = models.fixed_ids((batch, tokens), vocabulary)
    return {"input_ids": ids, "labels": ids, "use_cache": False}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=["vit-b", "smollm2"], required=True)
    parser.add_argument("--method", choices=["full", "lora", "svft-plain", "svft-banded"], default="lora")
    parser.add_argument("--batch", type=int, help="images (8) or texts (4) in a step")
    parser.add_argument("--tokens", type=int, default=256, help="length of a text")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, help="end after so many, not only at quit")
    parser.add_argument("--warmup", type=int, default=2, help="untimed steps before the first go")
    parser.add_argument("--folder", required=True, help="checkpoint of the model")
    parser.add_argument("--diagonals", type=int, default=2, help="svft-banded: diagonals on each side")
    parser.add_argument("--formulation", choices=["factorized", "dense"], default="factorized", help="svft: see svft.py")
    parser.add_argument("--lr", type=float, default=1e-4)
    parser.add_argument("--compile", action="store_true", help="torch.compile instead of eager")
    parser.add_argument("--bfloat16", action="store_true", help="autocast the forward to bfloat16")
    parser.add_argument("--frozen", choices=["float32", "bfloat16"], default="float32", help="with --bfloat16")
    return parser.parse_args()


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    main()
