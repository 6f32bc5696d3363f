import torch
from packaging.version import parse


def get_inference_context():
    """Return the strictest context class that this torch has."""
    if parse(torch.__version__) < parse("1.9"):
        return torch.no_grad
    return torch.inference_mode
