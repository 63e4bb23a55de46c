"""Figures drawn by the pages' own modules on a blank page, and what their names strike or cover.

The judge is the drawing itself: Chromium's outlines of lines, bars and points, not the geometry that placed
the names.
"""

from typing import Any

from playwright.sync_api import Page

from app.web.templating import plotly_source
from tests.e2e.test_modules import blank

_DRAW = """async ([figure, width]) => {
  const { drawInto } = await import("/plot-draw.js");
  const { placeLabels } = await import("/plot-labels.js");
  document.querySelector("figure")?.remove();
  const box = document.body.appendChild(document.createElement("figure"));
  box.style.width = `${width}px`;
  box.style.margin = "0";
  await drawInto(box, figure, width, { displayModeBar: false });
  box.on("plotly_relayout", () => (box.told = placeLabels(box)));
}"""
_ZOOM = """async (ranges) => {
  const box = document.querySelector("figure");
  await window.Plotly.relayout(box, ranges ?? structuredClone(box.home));
  await box.told;
}"""
_FAULTS = """() => {
  const box = document.querySelector("figure"), faults = [];
  const names = box.layout.annotations?.map(({ name }) => name) ?? [];
  const notes = [...box.querySelectorAll(".annotation")];
  const isLabel = (note) => /-label$/.test(names[Number(note.dataset.index)] ?? "");
  const labels = notes.filter(isLabel).map((note) => {
    const { left, right, top, bottom } = note.querySelector(".annotation-text").getBoundingClientRect();
    return { text: note.textContent, left, right, top: top + 2, bottom: bottom - 2, note };
  });
  const inside = ({ x, y }, it) => x > it.left && x < it.right && y > it.top && y < it.bottom;
  const areas = [...box.querySelectorAll(".nsewdrag")].map((area) => area.getBoundingClientRect());
  const seen = (point) => areas.some((area) => inside(point, area));
  const outline = (path) => {
    const matrix = path.getScreenCTM(), length = path.getTotalLength();
    return Array.from({ length: Math.ceil(length / 1.5) + 1 }, (_, at) => {
      const point = path.getPointAtLength(Math.min(length, 1.5 * at)).matrixTransform(matrix);
      return { x: point.x, y: point.y };
    });
  };
  for (const path of box.querySelectorAll("path.js-line, .errorbar path, path.point")) {
    const points = outline(path).filter(seen);
    const struck = labels.filter((it) => points.some((point) => inside(point, it)));
    faults.push(...struck.map(({ text }) => `${text} is struck`));
  }
  for (const arrow of box.querySelectorAll(".annotation-arrow-g path")) {
    const own = arrow.closest("[data-index]")?.dataset.index, points = outline(arrow);
    const others = labels.filter(({ note }) => note.dataset.index !== own);
    const crossed = others.filter((it) => points.some((point) => inside(point, it)));
    faults.push(...crossed.map(({ text }) => `a leader crosses ${text}`));
  }
  const whole = box.getBoundingClientRect();
  const isApart = (one, other) => one.right <= other.left || one.bottom <= other.top;
  for (const [at, one] of labels.entries()) {
    const beside = one.left < whole.left || one.right > whole.right;
    if (beside || one.top < whole.top - 1 || one.bottom > whole.bottom) faults.push(`${one.text} leaves`);
    const covered = labels.slice(at + 1).filter((other) => !isApart(one, other) && !isApart(other, one));
    faults.push(...covered.map(({ text }) => `${one.text} covers ${text}`));
  }
  return faults;
}"""
_NAMED = """() => {
  const box = document.querySelector("figure");
  const labels = (box.layout.annotations ?? []).filter(({ name }) => /-label$/.test(name ?? ""));
  return { labels: labels.map(({ hovertext }) => hovertext).toSorted(),
           legend: [...box.querySelectorAll(".legendtext")].map((text) => text.textContent).toSorted() };
}"""


def with_plotly(page: Page) -> Page:
    """A blank page with the modules beside it and Plotly loaded."""
    blank(page).add_script_tag(path=plotly_source())
    return page


def draw(page: Page, figure: dict[str, Any], width: int = 660) -> None:
    page.evaluate(_DRAW, [figure, width])


def zoom(page: Page, ranges: dict[str, list[float]] | None) -> None:
    """To these ranges, by "xaxis.range" and "yaxis.range"; None goes back."""
    page.evaluate(_ZOOM, ranges)


def faults(page: Page) -> list[str]:
    """What the names of lines and points strike, cover or leave."""
    found: list[str] = page.evaluate(_FAULTS)
    return found


def named(page: Page) -> tuple[list[str], list[str]]:
    """(names beside lines and points, names in the legend)."""
    found = page.evaluate(_NAMED)
    return found["labels"], found["legend"]
