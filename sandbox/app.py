"""The installed app: its identity, tokens and what its manifest declares."""

from dataclasses import dataclass

from sandbox.manifest import AppSpec
from sandbox.refusal import Json
from sandbox.world import Team


@dataclass(slots=True, kw_only=True)
class App:
    """One app in one workspace. `request_url`, when set, stands in for every URL of the manifest."""

    spec: AppSpec
    id: str
    bot_id: str
    bot_user_id: str
    bot_token: str
    app_token: str
    signing_secret: str
    socket_mode: bool
    request_url: str | None = None

    @property
    def events_url(self) -> str:
        """Where events go over HTTP."""
        return self.request_url or self.spec.events_url

    @property
    def interactivity_url(self) -> str:
        """Where presses, views and shortcuts go over HTTP."""
        return self.request_url or self.spec.interactivity_url

    @property
    def options_url(self) -> str:
        """Where requests for options go over HTTP; an app may leave it out."""
        return self.request_url or self.spec.options_url

    def profile(self, team: Team) -> Json:
        """Return the `bot_profile` Slack puts on the app's messages."""
        return {
            "id": self.bot_id,
            "app_id": self.id,
            "user_id": self.bot_user_id,
            "name": self.spec.bot_name,
            "icons": {},
            "deleted": False,
            "updated": 0,
            "team_id": team.id,
        }
