"""The images of a gallery as a table: every one that is asked for."""

from app.figures.drawn import Column, Rows, Table, Value
from app.views.gallery.fill import AskedImages

_COLUMNS = (
    Column("image", "integer"),
    Column("data set's image", "integer"),
    Column("true class", "text"),
    Column("predicted class", "text"),
    Column("right", "integer"),
    Column("confidence, %", "percent"),
    Column("probability of the true class, %", "percent"),
    Column("margin, points", "percent"),
    Column("loss", "loss"),
)


def gallery_table(asked: AskedImages) -> Table:
    """In the order asked for; what is not a number is left empty."""

    def row(place: int) -> tuple[Value, ...]:
        one = asked.image(int(asked.found[place]))
        figures = (one.confidence, one.truth, one.margin, one.loss)
        return (one.index, one.dataset_index, one.true, one.predicted, int(one.right), *figures)

    return Table("Images and what the network said to them", _COLUMNS, Rows(len(asked.found), row))
