"""HTML pages: one router a page, all listed here. They render the views that the API answers as JSON."""

from fastapi import APIRouter

PAGES: tuple[APIRouter, ...] = ()
