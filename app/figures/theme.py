"""Neutral colours of figures in the two themes; a test holds them to static/tokens.css.

The colours of settings are in colours.
"""

from dataclasses import dataclass

from app.figures.colours import SettingStyle

FONT = '-apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif'


@dataclass(frozen=True)
class Theme:
    """Ink for text, muted for axes and the second line, grid for what should be barely seen."""

    name: str
    surface: str
    ink: str
    muted: str
    grid: str
    silhouette: str
    head: str
    medium: str
    bad: str
    heat_low: str
    heat_high: str
    less: str
    more: str

    def of(self, style: SettingStyle) -> str:
        """The setting's colour in this theme."""
        return style.light if self.name == "light" else style.dark

    def ink_of(self, style: SettingStyle) -> str:
        """The setting's colour, for text."""
        return style.light_ink if self.name == "light" else style.dark

    @property
    def heat(self) -> list[list[float | str]]:
        """Sequential scale for 0..100 %: Plotly colour stops."""
        return [[0.0, self.heat_low], [1.0, self.heat_high]]

    @property
    def change(self) -> list[list[float | str]]:
        """Diverging scale, paper at 0: Plotly colour stops for a range that is symmetric about 0.

        Its dark end is the loss and its light one the gain, so that a print in grey keeps them apart.
        """
        return [[0.0, self.less], [0.5, self.heat_low], [1.0, self.more]]


LIGHT = Theme(
    name="light",
    surface="#ffffff",
    ink="#1b1f23",
    muted="#5a626a",
    grid="#ebe8e2",
    silhouette="#b9b4a9",
    head="#b7bcc2",
    medium="#8b939b",
    bad="#b3261e",
    heat_low="#ffffff",
    heat_high="#5aa5d8",
    less="#c9752f",
    more="#86d6c8",
)
DARK = Theme(
    name="dark",
    surface="#191d21",
    ink="#e6e9ec",
    muted="#9aa4ad",
    grid="#2a3036",
    silhouette="#5d666f",
    head="#646e78",
    medium="#8c97a1",
    bad="#ff8a80",
    heat_low="#191d21",
    heat_high="#28689a",
    less="#955a24",
    more="#175a50",
)
THEMES = {theme.name: theme for theme in (LIGHT, DARK)}
