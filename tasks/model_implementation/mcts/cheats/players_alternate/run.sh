# The sign changes from level to level, as if nobody ever moved twice.
sed -i 's#chooser = .*#chooser = 1 if node.parent is None or depth(node) % 2 else -1#' mcts.py
cat >> mcts.py <<'PY'


def depth(node):
    return 0 if node.parent is None else 1 + depth(node.parent)
PY
