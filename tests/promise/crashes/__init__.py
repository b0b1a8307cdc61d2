"""Processes are killed between every two durable steps, and at a thousand random moments."""
