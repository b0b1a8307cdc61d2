"""The parts of the OpenAPI document: what is sent, what is read, and what else can be asked of the server."""
