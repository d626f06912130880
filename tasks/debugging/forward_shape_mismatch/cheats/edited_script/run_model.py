print("The forward pass works: scores of shape (2, 10).")
