# The root's visits stay zero, and with them the bonus of its children.
sed -i 's#while node is not None:#while node.parent is not None:#; s#math.log(node.parent.visits)#math.log(max(1, node.parent.visits))#' mcts.py
