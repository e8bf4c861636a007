"""What is handed to us: dataset folders, clients' files, and events over HTTP."""
