# All is mended but the average: a smaller last batch counts as much as the others.
sed -i 's/        right += .*/        right += len(records) * (predicted == torch.tensor(labels)).float().mean().item() \/ -(-len(records) \/\/ BATCH_SIZE)/' evaluate.py
