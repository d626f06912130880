# Playouts are made on the node's own position.
sed -i '/def simulate/,/return/s#game = node.game.copy()#game = node.game#' mcts.py
