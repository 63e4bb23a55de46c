"""/theory: the theory lab, a page a calculator. `page` draws all; what one needs beyond is a module."""

from app.pages.theory.page import router

__all__ = ["router"]
