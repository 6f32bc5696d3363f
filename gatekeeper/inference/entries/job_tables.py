"""Job queues and serverless platforms: how they are told what to run."""

from __future__ import annotations

from gatekeeper.inference.entries.found import Phase
from gatekeeper.inference.entries.rows import Decorator, Framework, Registration, Service, Threads

CELERY = Framework(name="Celery")
"""The default pool forks: each task runs in the main thread of a child process."""
RQ = Framework(name="RQ")
DRAMATIQ = Framework(name="Dramatiq", threads=Threads.ALWAYS)
"""Workers are threads (dramatiq/worker.py)."""
FAUST = Framework(name="Faust")
MODAL = Framework(name="Modal", threads=Threads.SYNC)
RUNPOD = Framework(name="RunPod")
BEAM = Framework(name="Beam")
POTASSIUM = Framework(name="Potassium", threads=Threads.ALWAYS)
HUEY = Framework(name="Huey", threads=Threads.ALWAYS)
FUNCTIONS = Framework(name="cloud function", threads=Threads.ALWAYS)
SCHEDULER = Framework(name="scheduler", threads=Threads.SYNC)
"""A thread pool for functions, the loop for coroutines (apscheduler/executors)."""
SPACES = Framework(name="Spaces", threads=Threads.ALWAYS)

DECORATORS = (
    Decorator(framework=CELERY, roots=("celery",), names=("task", "shared_task")),
    Decorator(
        framework=CELERY,
        roots=("celery",),
        names=("worker_process_init.connect", "worker_init.connect", "connect"),
        phase=Phase.STARTUP,
    ),
    Decorator(framework=RQ, roots=("rq", "django_rq"), names=("job",)),
    Decorator(framework=DRAMATIQ, roots=("dramatiq",), names=("actor",)),
    Decorator(framework=HUEY, roots=("huey",), names=("task",)),
    Decorator(framework=Framework(name="arq"), roots=("arq",), names=("func",)),
    Decorator(framework=FAUST, roots=("faust",), names=("agent", "page", "timer")),
    Decorator(framework=Framework(name="FastStream"), roots=("faststream",), names=("subscriber",)),
    Decorator(
        framework=MODAL,
        roots=("modal",),
        names=(
            "function",
            "method",
            "web_endpoint",
            "fastapi_endpoint",
            "asgi_app",
            "wsgi_app",
            "web_server",
            "batched",
        ),
    ),
    Decorator(framework=MODAL, roots=("modal",), names=("enter", "build"), phase=Phase.STARTUP),
    Decorator(framework=BEAM, roots=("beam",), names=("endpoint", "task_queue", "function", "rest_api")),
    Decorator(framework=POTASSIUM, roots=("potassium",), names=("handler", "background")),
    Decorator(framework=POTASSIUM, roots=("potassium",), names=("init",), phase=Phase.STARTUP),
    Decorator(framework=FUNCTIONS, roots=("functions_framework",), names=("http", "cloud_event")),
    Decorator(framework=FUNCTIONS, roots=("azure",), names=("route", "function_name", "blob_trigger", "queue_trigger")),
    Decorator(framework=SCHEDULER, roots=("apscheduler", "rocketry"), names=("scheduled_job", "task")),
    Decorator(framework=SPACES, roots=("spaces",), names=("GPU",)),
)

REGISTRATIONS = (
    Registration(framework=SCHEDULER, roots=("apscheduler",), names=("add_job",), position=0, keyword="func"),
    Registration(
        framework=RQ, roots=("rq", "django_rq"), names=("enqueue", "enqueue_call"), position=0, keyword="func"
    ),
    Registration(framework=RUNPOD, roots=("runpod",), names=("start",), position=0, keyword="handler"),
    Registration(framework=CELERY, roots=("celery",), names=("register_task",), position=0, methods=("run",)),
)

SERVICES = (
    Service(framework=CELERY, roots=("celery",), names=("Task",), request=("run", "__call__")),
    Service(framework=Framework(name="Kafka consumer"), roots=("kafka",), names=("ConsumerRebalanceListener",)),
)
