"""What the code takes AWS's limits and calls to be, compared with the newest service models."""
