"""A view on somebody's screen and what they typed into it."""

from dataclasses import dataclass, field

from sandbox.refusal import Json


@dataclass(slots=True)
class OpenView:
    """A view as Slack keeps it, with the values of its inputs by block and action."""

    user: str
    body: Json
    values: dict[str, dict[str, Json]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The view's id."""
        return str(self.body["id"])
