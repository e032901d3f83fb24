from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tokens", "0014_one_read_and_one_write")]

    operations = [migrations.RunSQL("ALTER TABLE tokens_entry DROP CONSTRAINT tokens_entry_bucket_id_in_organization")]
