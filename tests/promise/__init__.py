"""The promise, proven: processes are killed, relays lie, nodes stop and wake, and a real SMTP sink counts what came."""
