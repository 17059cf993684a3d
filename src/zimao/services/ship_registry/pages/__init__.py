"""Pages of ship registration: before the application, the application, the rooms of the registry."""
