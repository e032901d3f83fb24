"""SQL that has a version: functions, triggers, policies and views are released as migrations, like tables.

Note [Present, frozen, deployed]
    present    `<app>/sql/<subject>.sql`, one file a subject, and the two policies of each tenant table, which
               `saas.kernel.isolation` writes. This is what people read and edit; no migration ever reads it.
    frozen     `<app>/migrations/sql/<migration>.sql`: full texts, copied from the present by `manage.py freeze_sql`.
               The migration of that name runs it and holds its sha256, so that history cannot be edited.
    deployed   what the database runs. Each object carries the hash of its text as its COMMENT.
    Lint and `check` compare present with frozen, `check --database`, `/readyz` and `manage.py sql_state` present with
    deployed. A comment outlives CREATE OR REPLACE, so a function's body is compared, too.
"""
