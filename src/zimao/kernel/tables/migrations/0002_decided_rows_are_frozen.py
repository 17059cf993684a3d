"""The database itself refuses to change a row that has been decided. Reversible.

On SQLite a later change of the table's columns rebuilds it and drops its triggers: such a migration runs ``freeze`` again.
"""

from django.db import migrations

SQLITE = """
CREATE TRIGGER tables_release_frozen BEFORE UPDATE ON tables_release WHEN OLD.state <> 'draft'
BEGIN SELECT RAISE(ABORT, 'a decided release of a table cannot be changed'); END
"""
POSTGRES = """
CREATE FUNCTION tables_release_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'a decided release of a table cannot be changed' USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE TRIGGER tables_release_frozen BEFORE UPDATE ON tables_release FOR EACH ROW
WHEN (OLD.state <> 'draft') EXECUTE FUNCTION tables_release_frozen()
"""


def freeze(apps, schema_editor):
    schema_editor.execute(SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRES)


def thaw(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER tables_release_frozen")
    else:
        schema_editor.execute("DROP TRIGGER tables_release_frozen ON tables_release; DROP FUNCTION tables_release_frozen()")


class Migration(migrations.Migration):
    dependencies = [("tables", "0001_initial")]
    operations = [migrations.RunPython(freeze, thaw)]
