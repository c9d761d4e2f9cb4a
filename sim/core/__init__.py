"""sim/core"""
