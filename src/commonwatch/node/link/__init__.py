"""The link between nodes on machines of their own: NATS servers, mutual TLS, one bus over them."""
