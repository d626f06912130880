# Every node counts for player 1, whoever chose it.
sed -i 's#chooser = .*#chooser = 1#' mcts.py
