"""Pages of the window beside the inbox, each built when it is first wanted."""
