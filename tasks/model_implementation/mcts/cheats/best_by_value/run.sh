# The best mean instead of the most visits.
sed -i 's#key=lambda child: child.visits#key=lambda child: child.value / child.visits#' mcts.py
