"""Published results as data: the write-up's table, the literature's, their check, and users' own rows as CSV.

Nothing here knows of the database or the web; rows in, rows out.
"""
