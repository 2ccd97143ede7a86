"""The settings of all that runs the product, read from `PERENNIAL_…`; its client of the API reads its own."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What an operator can set. Secrets are made and kept in the data folder by the sandbox; production must give them.

    Without `smtp_port` a sandbox receives its own mail, and production hands it over at port 25. `sandbox_day` is the
    day on which a new sandbox's clock begins, today unless said; it is kept with the data. `url` and `key` lead the
    demo to a sandbox that runs already. With `webhooks_private` webhooks may be at addresses that are not public,
    on any port: for tests, and for receivers on the same machine. `rate_limit_per_second` is how often one API key
    may ask all processes together; `perennial up` allows 1,000 a second. With the `oidc_…` of a provider of identities
    people may sign in there.
    """

    model_config = SettingsConfigDict(env_prefix="PERENNIAL_", extra="ignore", frozen=True)

    sandbox: bool = False
    data: Path = Path("var")
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str | None = None
    database_url: str | None = None
    temporal_address: str | None = None
    temporal_port: int = 7233
    temporal_ui_port: int = 8233
    temporal_ui_url: str | None = None
    temporal_namespace: str | None = None
    temporal_tls: bool = False
    temporal_api_key: SecretStr | None = None
    pepper: SecretStr | None = None
    eca_key: SecretStr | None = None
    eca_key_id: str = "k1"
    smtp_host: str = "127.0.0.1"
    smtp_port: int | None = None
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_start_tls: bool = False
    mail_from: str = "Perennial <no-reply@perennial.example>"
    mail_domain: str = "perennial.example"
    support_contact: str = "support@perennial.example"
    webhooks_private: bool = False
    rate_limit_per_second: int = Field(default=50, ge=1)
    oidc_issuer: str | None = None
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None
    oidc_name: str = "single sign-on"
    sandbox_day: str | None = None
    url: str | None = None
    key: SecretStr | None = None

    @property
    def database(self) -> str:
        """The database's address: PostgreSQL in production, a file in the data folder else."""
        return self.database_url or f"sqlite:///{self.data.resolve()}/perennial.db"

    @property
    def engine_address(self) -> str:
        """Host and port of the Temporal server."""
        return self.temporal_address or f"127.0.0.1:{self.temporal_port}"

    @property
    def namespace(self) -> str:
        """The sandbox has a namespace of its own, because its dates are virtual."""
        return self.temporal_namespace or ("perennial-sandbox" if self.sandbox else "perennial")

    @property
    def base_url(self) -> str:
        """The address under which the acceptor's links lead here."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def ui_url(self) -> str:
        """The address of Temporal's UI."""
        return (self.temporal_ui_url or f"http://127.0.0.1:{self.temporal_ui_port}").rstrip("/")
