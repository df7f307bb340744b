"""What the client needs of Windows. `api` loads its libraries: not for any other system."""
