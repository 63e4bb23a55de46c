"""Where figures say that a click leads."""

from app.figures.class_axis import class_axis
from app.figures.drawn import Drawn, Table
from app.figures.opening import opening, opening_one

EMPTY = Table("", (), ())


def drawn(*data: object) -> Drawn:
    return Drawn({"data": list(data), "layout": {"height": 100}}, "", EMPTY, "note")


def test_classes_in_the_order_of_the_axis_fit_for_an_address() -> None:
    axis = class_axis(["small & <b>", "large"], [1, 10], "count")
    made = opening(drawn({}), axis, "/here?a=1", x="predicted", y="true")
    assert made.figure["layout"] == {
        "height": 100,
        "meta": {"opens": {"path": "/here?a=1", "classes": ["large", "small+%26+%3Cb%3E"],
                           "x": "predicted", "y": "true"}},
    }  # fmt: skip
    assert made.note == "note"


def test_an_empty_figure_leads_nowhere() -> None:
    assert opening(drawn(), class_axis([], [], "count"), "/here?", x="true") == drawn()


def test_points_are_images_by_number() -> None:
    assert opening_one(drawn({}), "/here?").figure["layout"]["meta"] == {"opens": {"path": "/here?"}}
