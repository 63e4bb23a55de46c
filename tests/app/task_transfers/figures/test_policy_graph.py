"""The graph's arrows are the policy's edges; kinds of sources and ways differ by more than colour."""

from itertools import pairwise

from app.task_transfers.figures.policy_graph import SCRATCH, Arrow, Source, Target, arrow_width, policy_graph
from app.task_transfers.view import PolicyEdge, Share, TaskPolicyView
from tests.app.task_transfers import made

POLICY = made.policy(made.view())
GRAPH = policy_graph(POLICY)


def arrows_to(target: str) -> list[Arrow]:
    return [arrow for arrow in GRAPH.arrows if arrow.target == target]


def test_every_edge_is_an_arrow_and_nothing_else_is() -> None:
    assert {arrow.target for arrow in GRAPH.arrows} == {edge.target for edge in POLICY.edges}
    for edge in POLICY.edges:
        drawn = arrows_to(edge.target)
        parts = [arrow.source for arrow in drawn if arrow.is_part]
        whole = [arrow for arrow in drawn if not arrow.is_part]
        assert len(whole) == 1
        assert whole[0].way == edge.way
        assert whole[0].width == arrow_width(edge.gain.mean)
        if len(edge.sources) > 1:
            assert parts == list(edge.sources)
        elif edge.sources:
            assert whole[0].source == edge.sources[0]
    assert [arrow.source for arrow in arrows_to("hue")] == ["random encoder"]
    assert [arrow.source for arrow in arrows_to("ramp")] == [SCRATCH]


def test_sources_are_what_they_cost() -> None:
    kinds = {node.name: node.kind for node in GRAPH.sources}
    assert {name for name, kind in kinds.items() if kind == "labelled"} <= set(POLICY.labelled)
    assert kinds["turns"] == "free"
    assert kinds[SCRATCH] == kinds["random encoder"] == "control"
    assert {node.name: node.text for node in GRAPH.targets}["shape"] == "90 % own network"


def test_nodes_stand_apart_and_inside() -> None:
    for nodes in (GRAPH.sources, GRAPH.targets):
        heights = sorted(node.y for node in nodes)
        assert all(after - before >= 20 for before, after in pairwise(heights))
        assert heights[0] > 0
        assert heights[-1] < GRAPH.height


def test_the_order_makes_arrows_cross_no_more_than_the_alphabet_does() -> None:
    assert crossings(list(GRAPH.sources), list(GRAPH.targets)) <= crossings(
        sorted(GRAPH.sources, key=lambda node: node.name), sorted(GRAPH.targets, key=lambda node: node.name)
    )


def crossings(sources: list[Source], targets: list[Target]) -> int:
    left = {node.name: at for at, node in enumerate(sources)}
    right = {node.name: at for at, node in enumerate(targets)}
    pairs = [(left[one.source], right[one.target]) for one in GRAPH.arrows if one.source in left]
    return sum((a - c) * (b - d) < 0 for a, b in pairs for c, d in pairs) // 2


def test_width_grows_with_gain_above_one_half() -> None:
    widths = [arrow_width(gain) for gain in (None, 0.2, 0.5, 0.75, 1.0)]
    assert widths[0] == widths[1] == widths[2]
    assert widths[2] < widths[3] < widths[4]


def test_one_target_alone() -> None:
    edge = PolicyEdge(target="shape", sources=(), way="pixels", affinity=0.1, gain=Share(mean=None))
    alone = TaskPolicyView(budget=0, importance={"shape": 1}, edges=(edge,), labelled=(), free=(), cost=0,
                           worth=0.1, text="")  # fmt: skip
    graph = policy_graph(alone)
    assert [node.name for node in graph.sources] == ["raw pixels"]
    assert graph.targets[0].text == ""
