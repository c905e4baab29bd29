"""Faults a test switches on: for Web API calls, and for the delivery of events."""

from dataclasses import dataclass, field
from random import Random

BEFORE = frozenset({"500", "html503", "timeout", "internal_error", "429", "fatal_error", "sign_in"})
AFTER = frozenset({"lost_answer", "late_answer", "internal_error_done", "cut_off"})


@dataclass(slots=True, kw_only=True)
class Fault:
    """One fault: `kind` for the next `times` calls of `method` after `after` of them went well."""

    method: str
    kind: str
    times: int | None = 1
    after: int = 0
    seconds: float = 1.0
    probability: float = 1.0

    @property
    def carried_out(self) -> bool:
        """Whether the call is carried out although its answer is spoilt."""
        return self.kind in AFTER


@dataclass(slots=True)
class Faults:
    """The faults that are switched on, oldest first, and how events are disturbed."""

    chance: Random = field(default_factory=lambda: Random(1))  # noqa: S311 - replayable, no secret
    active: list[Fault] = field(default_factory=list)
    duplicate: int = 0
    reorder: bool = False
    drop: bool = False
    history_delay: float = 0.0

    def add(self, fault: Fault) -> None:
        """Switch a fault on."""
        self.active.append(fault)

    def clear(self) -> None:
        """Switch everything off."""
        self.active.clear()
        self.duplicate, self.reorder, self.drop, self.history_delay = 0, False, False, 0.0

    def strike(self, method: str) -> Fault | None:
        """Return the fault this call meets, counting it as used."""
        for fault in self.active:
            if fault.method not in {method, "*"}:
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            if fault.probability < 1 and self.chance.random() >= fault.probability:
                continue
            self._use(fault)
            return fault
        return None

    def _use(self, fault: Fault) -> None:
        if fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self.active.remove(fault)
