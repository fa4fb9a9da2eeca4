"""The only place with compiled code: arrays and scalars in, status codes out, loops bounded."""
