"""Figures of what a sweep tells of its inputs."""
