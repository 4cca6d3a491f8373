"""The Celery app and nothing else. Celery carries hints only: no results, no retries, no delays."""

from __future__ import annotations

from celery import Celery
from celery.signals import setup_logging
from django.conf import settings
from kombu.entity import Queue

LANES = ("quick", "slow")


@setup_logging.connect
def _leave_logging_alone(**_: object) -> None:
    """Do nothing: Celery sets up logging of its own unless somebody listens here."""


app = Celery("signalbox", broker=settings.BROKER_URL, set_as_current=True)
app.conf.update(
    task_queues=[Queue(lane) for lane in LANES],
    task_default_queue="quick",
    task_create_missing_queues=False,
    task_ignore_result=True,
    task_store_errors_even_if_ignored=False,
    result_backend=None,
    # A hint that is lost is swept up from the database, so it may be acknowledged before the work is done.
    task_acks_late=False,
    worker_prefetch_multiplier=1,
    worker_pool="threads",
    worker_concurrency=settings.SLOTS_QUICK + settings.SLOTS_SLOW,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    worker_send_task_events=False,
    worker_enable_remote_control=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    # A commit must never wait long for its doorbell: the sweep stands behind it.
    task_publish_retry=False,
    broker_connection_timeout=2,
    broker_transport_options={
        "visibility_timeout": 12 * 3600,
        "socket_connect_timeout": 1,
        "socket_timeout": 5,
        "socket_keepalive": True,
        "health_check_interval": 15,
        "retry_on_timeout": True,
    },
    task_serializer="json",
    accept_content=["json"],
    timezone="UTC",
    enable_utc=True,
)
app.autodiscover_tasks(["orchestrator"], related_name="tasks")
