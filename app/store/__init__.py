"""The database: tables, migrations, and the only code that reads and writes them."""
