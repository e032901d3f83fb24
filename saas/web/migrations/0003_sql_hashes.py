from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [("web", "0002_isolation")]

    operations = [frozen_sql(__file__, "451fbe0488f5ab8b4ec563bf98fabeca57fb7c3988782a89149fb68e947787bf")]
