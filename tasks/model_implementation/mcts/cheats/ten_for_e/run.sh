# Another logarithm.
sed -i 's#math.log(#math.log10(#' mcts.py
