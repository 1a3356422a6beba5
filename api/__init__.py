"""The only HTTP, HTML and terminal: routes, pages, commands, settings, identity, document readers."""
