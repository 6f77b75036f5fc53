"""One embedded platform: its children, its record, and the reconciler, from start to stop."""

import logging
import secrets
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from threading import Event
from typing import Literal

from windlass.adapters.platform_file import (
    PlatformRecord,
    ProcessRecord,
    read_record,
    write_record,
)
from windlass.adapters.server_admin import Endpoint
from windlass.adapters.server_registry import ServerRegistry
from windlass.bootstrap.environment import child_environment
from windlass.bootstrap.folder import Folder
from windlass.embedded import plans
from windlass.embedded.addresses import HOST, choose_port
from windlass.embedded.children import GRACE_SECONDS, LeashedChild, Plan
from windlass.embedded.health import is_healthy
from windlass.embedded.ownership import owned
from windlass.embedded.reconciling import Reconciling
from windlass.embedded.supervisor import Supervised, Supervisor
from windlass.settings import (
    Connections,
    EmbeddedSettings,
    InferenceSettings,
    MlflowSettings,
    ObjectsSettings,
    PrefectSettings,
    RedisSettings,
    ServerSettings,
)
