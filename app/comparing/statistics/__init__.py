"""What a few runs bear: differences with their noise from seeds and images, families of tests, planning.

Pure functions of arrays (numpy and scipy): no database, no views. Imported where first needed, since the web
process starts without numpy.
"""
