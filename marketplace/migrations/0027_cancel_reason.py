from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0026_paused")]

    operations = [
        migrations.AddField(
            model_name="stripesubscription",
            name="cancel_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("too_expensive", "It costs too much"),
                    ("unused", "I do not use it enough"),
                    ("missing_features", "Something I need is missing"),
                    ("too_complex", "It is too complicated"),
                    ("low_quality", "The results are not good enough"),
                    ("customer_service", "I was not helped well"),
                    ("switched_service", "I use something else now"),
                    ("other", "Something else"),
                ],
                db_default="",
                max_length=40,
            ),
        ),
    ]
