"""Names of files and folders that mean something to backup, restore and prune alike."""

DATABASE = "betaboard.db"
"""In a backup, where the database is a file, also of a board whose database a server keeps."""
DRAFT = ".part"
"""The end of a file's name as long as it is being written."""
RESTORING = ".restoring"
"""The folder, within the data folder to come, that a backup is read into."""
