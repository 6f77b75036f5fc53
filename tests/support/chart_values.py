"""Value sets that together reach every branch of the templates."""

from typing import Any

Values = dict[str, Any]

DIGEST = f"sha256:{'0123456789abcdef' * 4}"

_LEAST = {"requests": {"cpu": "1m", "memory": "16Mi"}, "limits": {"cpu": 1, "memory": "128Mi"}}
_METRICS_FROM = {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}
_INGRESS_FROM = {"matchLabels": {"kubernetes.io/metadata.name": "ingress"}}

DEFAULT: Values = {}

LEAST: Values = {
    "networkPolicy": {"enabled": False},
    "setup": {"waitSeconds": 10},
    "postgresql": {"resources": _LEAST, "persistence": {"size": "1Gi"}, "maxConnections": 20},
    "redis": {"resources": _LEAST, "persistence": {"size": "1Gi"}, "maxMemory": "1mb"},
    "minio": {"resources": _LEAST, "persistence": {"size": "1Gi"}},
    "prefect-server": {"resources": _LEAST, "eventsRetention": "1h"},
    "prefect-worker": {
        "resources": _LEAST,
        "keeper": {"resources": _LEAST},
        "pollSeconds": 0.5,
        "prefetchSeconds": 0,
        "flows": {"resources": _LEAST, "deadlineSeconds": None, "ttlSeconds": 0},
    },
    "mlflow": {"resources": _LEAST, "workers": 1},
    "operator": {
        "resources": _LEAST,
        "crd": {"create": False},
        "admissionPolicy": {"create": False},
    },
    "inference": {"models": [{"name": "predictive-maintenance", "resources": _LEAST}]},
    "farewell": {"waitSeconds": 5},
}

FULL: Values = {
    "global": {
        "image": {"repository": "registry.example/windlass", "digest": DIGEST},
        "imagePullSecrets": [{"name": "registry"}],
        "prefect": {"workPool": "jobs", "uiUrl": "https://prefect.example"},
    },
    "networkPolicy": {
        "apiServerPorts": [443, 6443, 16443],
        "flowEgressPorts": [443, 80],
        "ingressFrom": [_INGRESS_FROM],
        "metricsFrom": [_METRICS_FROM],
    },
    "postgresql": {"persistence": {"storageClass": "fast"}, "image": {"digest": DIGEST}},
    "redis": {"persistence": {"storageClass": "fast"}, "image": {"digest": DIGEST}},
    "minio": {"persistence": {"storageClass": "fast"}, "image": {"digest": DIGEST}},
    "prefect-server": {
        "service": {"type": "NodePort"},
        "ingress": {
            "enabled": True,
            "className": "nginx",
            "host": "prefect.example",
            "annotations": {"example.org/timeout": "60"},
            "tlsSecret": "prefect-tls",
        },
        "env": {"PREFECT_LOGGING_LEVEL": "DEBUG", "PREFECT_SERVER_API_DEFAULT_LIMIT": 100},
    },
    "prefect-worker": {
        "concurrencyLimit": 4,
        "flows": {
            "image": "registry.example/flows:1.2.3",
            "env": {"TEAM": "harbour", "THREADS": 2},
            "labels": {"example.org/team": "harbour"},
        },
    },
    "mlflow": {
        "service": {"type": "NodePort"},
        "allowedHosts": ["models.example:8443"],
        "ingress": {
            "enabled": True,
            "className": "nginx",
            "host": "mlflow.example",
            "annotations": {"example.org/timeout": "60"},
            "tlsSecret": "mlflow-tls",
        },
    },
    "inference": {
        "service": {"type": "LoadBalancer"},
        "models": [
            {
                "name": "predictive-maintenance",
                "replicas": 2,
                "promotion": {
                    "approval": True,
                    "minimumGates": [
                        {"metric": "average_precision", "threshold": 0.3},
                        {"metric": "latency_ms", "threshold": 5, "greaterIsBetter": False},
                    ],
                },
            },
            {
                "name": "eta",
                "registeredModel": "transit-eta",
                "autoscaling": {"enabled": True, "maxReplicas": 4},
            },
        ],
    },
}

EXTERNAL: Values = {
    "global": {
        "prefect": {"existingSecret": "given-prefect"},
        "mlflow": {"existingSecret": "given-mlflow"},
        "inference": {"existingSecret": "given-inference"},
        "objects": {
            "endpoint": "https://s3.eu-central-1.amazonaws.com",
            "region": "eu-central-1",
            "existingSecret": "given-objects",
        },
        "redis": {"host": "redis.example", "port": 6380, "existingSecret": "given-redis"},
        "postgresql": {
            "host": "postgresql.example",
            "port": 5433,
            "sslMode": "verify-full",
            "existingSecret": "given-postgresql",
        },
    },
    "postgresql": {"enabled": False},
    "redis": {"enabled": False},
    "minio": {"enabled": False},
}

SETS: dict[str, Values] = {
    "default": DEFAULT,
    "least": LEAST,
    "full": FULL,
    "external": EXTERNAL,
}
