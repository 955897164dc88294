"""SVFT in PyTorch, for a comparison of speed: W' = U (diag(s) + sigmoid(g) M) V^T with M plain or banded."""

import torch
from torch import nn
from torch.nn import functional as F


class SvftLinear(nn.Module):
    """A linear whose weight trains through its singular values.

    `factorized` never forms W': y = ((x V) (diag(s) + sigmoid(g) M)^T) U^T + b, a band costing two shifted products
    a diagonal. Otherwise W' is formed on every call and multiplied once, as the authors' own code does.
    """

    def __init__(self, linear, diagonals, factorized):
        super().__init__()
        u, s, v = torch.linalg.svd(linear.weight.detach(), full_matrices=False)
        n = len(s)
        self.factorized = factorized
        for name, value in (("u", u), ("s", s), ("v", v), ("bias", linear.bias)):
            self.register_buffer(name, None if value is None else value.detach().clone())
        self.gate = nn.Parameter(torch.zeros(1))
        # band[k] holds M[i, i + k]; at zero the loss is the model's own, with which ours can be compared
        self.offsets = range(-diagonals, diagonals + 1)
        self.bands = nn.ParameterList(torch.zeros(n - abs(k)) for k in self.offsets)

    def forward(self, x):
        if self.factorized:
            return F.linear(self.scale(F.linear(x, self.v)), self.u, self.bias)
        return F.linear(x, self.u @ (self.square() @ self.v), self.bias)

    def scale(self, h):
        """z = h (diag(s) + sigmoid(g) M)^T, so that z[i] adds up M[i, i + k] h[i + k]."""
        gate = torch.sigmoid(self.gate)
        z = h * self.s
        for k, band in zip(self.offsets, self.bands):
            if k >= 0:
                z = z + F.pad(h[..., k:] * (gate * band), (0, k))
            else:
                z = z + F.pad(h[..., :k] * (gate * band), (-k, 0))
        return z

    def square(self):
        """diag(s) + sigmoid(g) M, dense."""
        gate = torch.sigmoid(self.gate)
        square = torch.diag(self.s)
        for k, band in zip(self.offsets, self.bands):
            square = square + torch.diag(gate * band, k)
        return square


def attach(model, paths, *, diagonals, factorized):
    """Freezes the model and puts an SvftLinear in the place of each linear in `paths`."""
    model.requires_grad_(False)
    for path in paths:
        parent, _, name = path.rpartition(".")
        owner = model.get_submodule(parent)
        setattr(owner, name, SvftLinear(getattr(owner, name), diagonals, factorized))
    return model
