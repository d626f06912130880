# Nodes without visits come last.
sed -i 's#return math.inf#return 0.0#' mcts.py
