"""The rate of PyTorch's matrix products in bfloat16, one series a `go` on stdin (see server.py), on the shapes of gemm.ts.

    yes go | python torch_gemm.py --steps 3
"""

import argparse
import time

import torch

from server import serve

# rows, in, out
SHAPES = [(1576, 768, 768), (1576, 768, 3072), (1576, 3072, 768), (1024, 768, 2048), (1024, 2048, 768)]
REPEATS = 4
RUNS = 3


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    products = [
        (torch.rand(rows, wide).bfloat16() - 0.5, [torch.rand(other, wide).bfloat16() - 0.5 for _ in range(REPEATS)])
        for rows, into, out in SHAPES
        for wide, other in ((into, out), (out, into))
    ]

    def series():
        start = time.perf_counter()
        rate, shape = max(timed(x, weights) for x, weights in products)
        return {"seconds": time.perf_counter() - start, "flopsPerSecond": rate, "shape": shape}

    serve(series, warmup=options.warmup, limit=options.steps, about={})


def timed(x, weights):
    """The rate of the fastest run of the products of x with every weight, and their shape."""
    rows, wide = x.shape
    other = len(weights[0])
    seconds = float("inf")
    for _ in range(RUNS):
        start = time.perf_counter()
        for weight in weights:
            torch.nn.functional.linear(x, weight)
        seconds = min(seconds, time.perf_counter() - start)
    return REPEATS * 2 * rows * wide * other / seconds, f"{rows} × {wide} × {other}"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, help="end after so many, not only at quit")
    parser.add_argument("--warmup", type=int, default=1, help="untimed series before the first go")
    return parser.parse_args()


if __name__ == "__main__":
    main()
