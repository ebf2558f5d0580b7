"""The proxy of the process record."""

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    """No table of its own."""

    dependencies: ClassVar = [("viewflow", "__first__")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="CaseProcess", fields=[], options={"proxy": True}, bases=("viewflow.process",)
        )
    ]
