# The last untried move first.
sed -i 's#untried.pop(0)#untried.pop()#' mcts.py
