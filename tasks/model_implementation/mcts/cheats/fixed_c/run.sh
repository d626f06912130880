# The weight that was asked for is ignored.
sed -i 's#self.c \* #1.38 * #' mcts.py
