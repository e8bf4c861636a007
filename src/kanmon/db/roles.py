"""The three roles of the control plane, and the statements that make what is missing of them.

The owner owns the schema and logs in nowhere; the migrator may act as the owner; the app has only the rights that
the migrations grant it. None of them is a superuser, so row-level security and the guards bind all of them.
"""

from sqlalchemy import Connection, text

from kanmon.db.logins import APP, MIGRATOR, OWNER, SCHEMA

_CREATE = {
    OWNER: f"CREATE ROLE {OWNER} NOLOGIN",
    MIGRATOR: f"CREATE ROLE {MIGRATOR} LOGIN NOINHERIT",
    APP: f"CREATE ROLE {APP} LOGIN NOINHERIT",
}


def missing_statements(connection: Connection, app_login: str, migrator_login: str) -> list[str]:
    """The SQL that is still needed before migrations can run; empty where all is there."""
    known = set(connection.scalars(text("SELECT rolname FROM pg_roles")))
    statements = [create for role, create in _CREATE.items() if role not in known]
    memberships = {(MIGRATOR, OWNER), (migrator_login, MIGRATOR), (app_login, APP)}
    for member, role in sorted(memberships):
        if member != role and not (known >= {member, role} and _may_become(connection, member, role)):
            statements.append(f"GRANT {role} TO {_quoted(connection, member)}")
    if connection.scalar(text("SELECT to_regnamespace(:schema)"), {"schema": SCHEMA}) is None:
        database = _quoted(connection, str(connection.scalar(text("SELECT current_database()"))))
        statements.append(f"CREATE SCHEMA {SCHEMA} AUTHORIZATION {OWNER}")
        statements.append(f"GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {APP}, {MIGRATOR}")
    return statements


def _may_become(connection: Connection, member: str, role: str) -> bool:
    # From 16 on, membership alone doesn't let a login act as a role: a creator is a member that may not.
    version = connection.scalar(text("SELECT current_setting('server_version_num')::int")) or 0
    privilege = "SET" if version >= 160_000 else "MEMBER"
    asked = {"member": member, "role": role, "privilege": privilege}
    return bool(connection.scalar(text("SELECT pg_has_role(:member, :role, :privilege)"), asked))


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote(name)
