from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("quests", "0013_calendar_feeds")]

    operations = [frozen_sql(__file__, "6fc1cb6dcdd182e4f0376c14e2ac83eb62e0948bbdacd7819e2d610f3a1a8d92")]
