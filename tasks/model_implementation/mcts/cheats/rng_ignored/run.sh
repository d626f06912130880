# Random choices come from elsewhere, so that no search can be repeated.
sed -i 's#self.rng.choice(moves)#random.choice(moves)#' mcts.py
