"""Opens a websocket, and may send a message and wait for the answer."""
