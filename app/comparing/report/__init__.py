"""The report of a comparison, for a thesis or a slide deck: one HTML file, or Markdown with plots in a zip.

One list of blocks is composed and written in both forms. Nothing here asks the database; see api and pages.
"""
