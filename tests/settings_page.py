"""`docs/settings.md`: every setting that the product reads from its environment."""

SETTINGS: dict[str, dict[str, tuple[str, str]]] = {
    "Language and log": {
        "KANMON_LANG": (
            "`ja` or `en`: what the command line speaks",
            "`LC_ALL`, `LC_MESSAGES` or `LANG`, else English",
        ),
        "KANMON_LOG": ("`quiet`, `normal` or `verbose`: how much standard error says (`-q`, `-v`)", "`normal`"),
        "KANMON_LOG_FORMAT": ("`text`, or `json`: one object a line on standard error (`--log-format`)", "`text`"),
    },
    "Database and engine": {
        "KANMON_DATABASE_URL": ("a PostgreSQL server of your own, for the application", "a server in the workspace"),
        "KANMON_MIGRATOR_URL": ("the login that may change the schema", "`KANMON_DATABASE_URL`"),
        "KANMON_ENGINE": ("`duckdb` or `spark` ([scale](scale.md))", "`duckdb`"),
        "KANMON_SPARK_MASTER": ("Spark's own word for the cluster", "`spark-defaults.conf`, else `local[*]`"),
        "KANMON_LAKE": ("a prefix on object storage for events ([object storage](object-storage.md))", "`lake/` there"),
    },
    "Keys and copies ([keys](keys.md))": {
        "KANMON_LEDGER_KEY": ("the file that signs the ledger", "`ledger.key` in the workspace"),
        "KANMON_ERASURE_KEY": ("the file by which erased people are known again", "`erasure.key` in the workspace"),
        "KANMON_ROW_KEYS": ("the folder of keys to kept reports", "`keys/` in the workspace"),
        "KANMON_BACKUP_URL": (
            "a login that sees every row of `KANMON_DATABASE_URL`, for `kanmon backup` and `restore`",
            "none: not needed by the embedded PostgreSQL",
        ),
        "KANMON_CHECKPOINTS": ("the second place of signed checkpoints", "`checkpoints/` in the workspace alone"),
        "KANMON_WITNESSES": (
            "the public key and the address of each [witness](witnesses.md) in turn, with spaces or lines between",
            "none: only the operator's word stands that everybody is shown one log",
        ),
        "KANMON_WITNESS_QUORUM": ("how many of them must cosign a checkpoint", "more than half"),
    },
    "Portals and sign-in ([sign-in](sign-in.md))": {
        "KANMON_ORIGIN": (
            "the origin of the pages as browsers see it; set it in production",
            "as each request names it",
        ),
        "KANMON_OIDC_ISSUER": ("the OpenID provider, an https address", "no provider"),
        "KANMON_OIDC_CLIENT_ID": ("who we are there", "needed with an issuer"),
        "KANMON_OIDC_CLIENT_SECRET": ("our secret there", "PKCE alone"),
        "KANMON_OIDC_CLIENT_SECRET_FILE": ("a file that holds the secret", "PKCE alone"),
        "KANMON_OIDC_NAME": ("what the link to the provider says", "OpenID Connect"),
        "KANMON_LIMIT_SIGN_IN": ("passwords and passkeys tried from one client address, a minute", "120"),
        "KANMON_LIMIT_OIDC": ("logins begun at the provider from one client address, a minute", "120"),
        "KANMON_LIMIT_OWN_PAGES": ("pages with a person's own scores, from one account, a minute", "120"),
        "KANMON_LIMIT_API_REQUESTS": ("requests with one API key, a minute", "60,000"),
        "KANMON_LIMIT_API_RENDERINGS": ("reports of rendered words with one API key, a minute", "60,000"),
        "KANMON_LIMIT_RENDERINGS": ("reports that the demo board passes on from one client address, a minute", "600"),
        "KANMON_LIMIT_API_EVENTS": ("events sent with one API key, a minute", "6,000,000"),
    },
    "Events of a topic ([HTTP and topics](http.md))": {
        "KANMON_KAFKA_FILE": ("a file of librdkafka's properties: `bootstrap.servers=…`, and how to log in", "none"),
    },
    "Files from clients ([serving](serving.md))": {
        "KANMON_INTAKE_ROWS": ("rows of a file", "1,000,000"),
        "KANMON_INTAKE_MB": ("megabytes of all its cells, written out", "1,000"),
        "KANMON_INTAKE_SECONDS": ("seconds of each processor to read and check it", "120"),
        "KANMON_INTAKE_MEMORY_MB": ("megabytes of address space of its reader", "4,000"),
    },
    "Letters ([notices](notices.md))": {
        "KANMON_SMTP_URL": ("the mail server: `smtp://user@host:587` or `smtps://user@host:465`", "letters wait"),
        "KANMON_SMTP_PASSWORD_FILE": ("the file with its password", "no password"),
        "KANMON_MAIL_FROM": ("who writes", "needed with a mail server"),
    },
    "Scheduled work ([serving](serving.md#scheduled-work))": {
        "KANMON_TIMERS": (
            "hours between audits by the worker, or `off`: `drift=24 use=168 ledger=24 deadlines=24`",
            "those of the example",
        ),
        "KANMON_ALERT_MAIL": ("the privacy owner's address, over the mail server above", "the portal alone"),
        "KANMON_ALERT_WEBHOOK": (
            "an address that takes alerts as JSON; behind a space the network in which its name may lie",
            "the portal alone",
        ),
    },
    "Crawler ([coverage](coverage.md))": {
        "KANMON_BOARD_ORIGINS": ("origins of the board that the crawler may go to", "those of `--base`"),
        "KANMON_CHROMIUM": ("the program of the browser", "a Chromium that is found"),
    },
}
"""By subject: what each setting says, and what holds without it."""


def settings_page() -> str:
    """A table for each subject."""
    lines = [
        "# Settings",
        "",
        "Kanmon reads these from its environment, for commands, `kanmon serve`, the worker and `kanmon.open` alike. A",
        "file `kanmon.toml` in the workspace, beside `kanmon.json`, may hold them instead, by the same names without",
        "`KANMON_` in small letters; what the environment says wins, and a name that is none stops every command",
        "(`SETTINGS_INVALID`). The database and the lake of a workspace are settled by `kanmon init`, so give these to it",
        "in the environment.",
        "",
        "```toml",
        'lang = "ja"',
        'origin = "https://kanmon.example"',
        "limit_sign_in = 60",
        "```",
    ]
    for subject, settings in SETTINGS.items():
        lines += ["", f"## {subject}", "", "| Setting | Says | Without it |", "| --- | --- | --- |"]
        lines += [f"| `{name}` | {says} | {without} |" for name, (says, without) in settings.items()]
    return "\n".join(lines) + "\n"
