"""The grad mode that code runs under, and the names by which torch sets it."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from gatekeeper.inference.facts import Guarding
from gatekeeper.inference.values import Guard

GUARDS = {
    **{f"torch.{home}{name}": Guard() for home in ("", "autograd.", "autograd.grad_mode.") for name in ("no_grad",)},
    **{f"torch.{home}inference_mode": Guard(inference=True) for home in ("", "autograd.", "autograd.grad_mode.")},
    **{f"torch.{home}enable_grad": Guard(on=True) for home in ("", "autograd.", "autograd.grad_mode.")},
    **{
        f"torch.{home}set_grad_enabled": Guard(switch=True) for home in ("", "autograd.", "autograd.grad_mode.", "_C._")
    },
}
"""What calling a function of torch gives; `set_grad_enabled` and `inference_mode` go by their argument."""


class Mode(Struct, frozen=True):
    """Whether gradients may be on, and what was done about them on the way here.

    The mode of torch is one per thread: what is handed to another thread starts anew, with gradients on.

    Attributes:
        inference: they are off by `inference_mode`.
        how: what turned them off.
        lost: a guard of another thread was left behind.
        switched: `set_grad_enabled(False)` was called in the thread that started the service, not in this one.
        enabled: they were off and have been turned on again, which is told where it is done.
    """

    on: bool = True
    inference: bool = False
    how: Guarding = Guarding.NOTHING
    lost: bool = False
    switched: bool = False
    enabled: bool = False

    def under(self, guard: Guard, how: Guarding) -> Mode:
        """Return the mode inside of a guard. Inside of `inference_mode` no guard turns gradients on."""
        if guard.on:
            if self.inference:
                return self
            return replace(self, on=True, how=Guarding.NOTHING, enabled=self.enabled or not self.on)
        inference = guard.inference or (self.inference and not self.on)
        return replace(self, on=False, inference=inference, how=how, enabled=False)

    def called(self, *, own: bool) -> Mode:
        """Return the mode in a function that is called: what guards here is the caller's there.

        Args:
            own: a guard by decorator is one of the callee's, not of the caller's.
        """
        if self.on or (own and self.how is Guarding.FUNCTION):
            return self
        return replace(self, how=Guarding.CALLER)

    def in_another_thread(self) -> Mode:
        """Return the mode of work that is handed to another thread."""
        return Mode(lost=self.lost or not self.on, switched=self.switched)

    def meet(self, other: Mode) -> Mode:
        """Return the mode after two ways that meet: gradients may be on if they are on one of them."""
        if self == other:
            return self
        return self if self.on or not other.on else other


ON = Mode()
