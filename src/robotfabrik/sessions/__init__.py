"""Sessions: the windows that a robot works in. `playwright` drives a browser, `desktop` comes later."""
