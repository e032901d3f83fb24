from django.db import migrations


class Migration(migrations.Migration):
    """The tables stay, with their policies; `fake_stripe` takes their models over."""

    dependencies = [("marketplace", "0014_what_is_owed")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.DeleteModel("SandboxDelivery"),
                migrations.DeleteModel("SandboxEvent"),
                migrations.DeleteModel("SandboxObject"),
                migrations.DeleteModel("SandboxAnswer"),
            ]
        )
    ]
