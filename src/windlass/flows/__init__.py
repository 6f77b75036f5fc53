"""Flows that belong to no pipeline, and how flows become deployments; `prefect.yaml` lists them."""
