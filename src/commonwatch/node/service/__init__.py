"""One nation's node as a service: configuration, feed, loop, page. What it does is the node's."""
