# A playout goes on until the game is over.
sed -i 's#for _ in range(self.max_moves):#while True:#' mcts.py
