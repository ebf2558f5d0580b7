"""Completions of django-viewflow over HTTP, in its own environment; driven by `benchmarks/_viewflow.py`.

`python serve.py URL`: makes its tables in that PostgreSQL database, signs a user in and writes `{"ready":
version}`. Then each line read is a number of cases; the answer is one line of JSON with the milliseconds of
assign and of execute for every completion. Django's test client, sessions, authentication, permissions,
messages; CSRF checks are off in that client, as Django has them by default.
"""

import importlib.metadata
import json
import sys
from pathlib import Path
from time import perf_counter
from urllib.parse import parse_qsl, urlsplit

import django
from django.conf import settings

NOTE = "x" * 3_800


def configure(url: str) -> None:
    """The settings of a usual production site."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    settings.configure(
        SECRET_KEY="only for measuring",
        DEBUG=False,
        ALLOWED_HOSTS=["testserver"],
        ROOT_URLCONF="urls",
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "django.contrib.staticfiles",
            "viewflow",
            "viewflow.workflow",
            "caseflow",
        ],
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "viewflow.middleware.SiteMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        MESSAGE_STORAGE="django.contrib.messages.storage.cookie.CookieStorage",
        STATIC_URL="/static/",
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": parts.path.lstrip("/"),
                "USER": parts.username or "",
                "PASSWORD": parts.password or "",
                "HOST": query.get("host") or parts.hostname or "",
                "PORT": str(parts.port or ""),
                "CONN_MAX_AGE": None,
            }
        },
    )
    django.setup()


class Worker:
    """A signed-in user with every permission that the flow has made."""

    def __init__(self) -> None:
        from django.contrib.auth.models import Permission, User
        from django.core.management import call_command
        from django.test import Client

        call_command("migrate", verbosity=0)
        user = User.objects.create_user("bench", password="bench")
        user.user_permissions.set(Permission.objects.filter(content_type__app_label="caseflow"))
        self.user = user
        self.client = Client()
        self.client.force_login(user)

    def completions(self, cases: int) -> list[list[float]]:
        """Milliseconds of assign and of execute, for each of the five steps of so many cases."""
        return [times for _ in range(cases) for times in self._case()]

    def _case(self) -> list[list[float]]:
        from caseflow.flows import CaseFlow
        from caseflow.models import CaseProcess

        self._post("start/", {})
        process = CaseProcess.objects.filter(flow_class=CaseFlow).latest("pk")
        times = []
        while (task := process.task_set.filter(status__in=["NEW", "ASSIGNED"]).first()) is not None:
            base = f"{process.pk}/{task.flow_task.name}/{task.pk}/"
            form = {"note": NOTE, "decision": "intake"}
            times.append([self._post(f"{base}assign/", {}), self._post(f"{base}execute/", form)])
        process.refresh_from_db()
        if len(times) != 5 or process.status != "DONE":
            raise SystemExit(f"a case took {len(times)} steps and is {process.status}")
        return times

    def _post(self, path: str, form: dict[str, str]) -> float:
        began = perf_counter()
        answer = self.client.post(f"{PREFIX}/{path}", form)
        spent = 1_000 * (perf_counter() - began)
        if answer.status_code != 302:
            raise SystemExit(f"{path} answered {answer.status_code}: {answer.content[:400]!r}")
        self.client.cookies.pop("messages", None)  # as if the page had shown them
        return spent


PREFIX = "/case"


def main() -> None:
    configure(sys.argv[1])
    worker = Worker()
    print(json.dumps({"ready": importlib.metadata.version("django-viewflow")}), flush=True)
    for line in sys.stdin:
        print(json.dumps(worker.completions(int(line))), flush=True)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main()
