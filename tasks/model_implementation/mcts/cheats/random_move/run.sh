# No search: a random legal move is recommended.
sed -i 's#max(root.children, .*#self.rng.choice(root.children).move#' mcts.py
