"""Deploying: Terraform run for one environment, on AWS or on the embedded cloud."""
