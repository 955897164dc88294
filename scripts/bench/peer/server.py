"""A contender of a timed comparison: it works only when stdin requests it, so that a driver can run contenders in turns.

    go      runs one unit of work and prints one JSON line
    quit    prints the last JSON line (as the end of stdin does, or the requested number of units)

Nothing else goes to stdout.
"""

import json
import platform
import sys
import time

import peft
import torch
import transformers


def serve(work, *, warmup, limit, about):
    """Calls work(), which returns a dict, `warmup` times untimed, then once a `go`. Ends with `about`, versions and memory."""
    for _ in range(warmup):
        work()
    setup_peak = peak_bytes()
    reset_peak()
    done = 0
    while limit is None or done < limit:
        word = sys.stdin.readline().strip()
        if word == "go":
            cpu = time.process_time()
            report = work()
            print_line({**report, "cpuSeconds": time.process_time() - cpu})
            done += 1
        elif word in ("quit", ""):
            break
        else:
            sys.exit(f"unknown word on stdin; known: go, quit: {word}")
    steady_peak = peak_bytes()
    versions = {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "peft": peft.__version__,
    }
    print_line(
        {
            **about,
            "done": done,
            "threads": torch.get_num_threads(),
            "peakBytes": max(setup_peak, steady_peak),
            "steadyPeakBytes": steady_peak,
            "versions": versions,
        }
    )


def print_line(value):
    print(json.dumps(value), flush=True)


def peak_bytes():
    """VmHWM, the peak of resident memory, file pages included."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def reset_peak():
    """Lets VmHWM start anew, so that loading and the SVD do not count as training. Needs write access to /proc."""
    try:
        with open("/proc/self/clear_refs", "w") as clear:
            clear.write("5")
    except OSError as error:
        print(f"steadyPeakBytes includes the set-up: {error}", file=sys.stderr)
