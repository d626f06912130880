sed -i 's/, torch.Generator().manual_seed(SPLIT_SEED)//' cifar10_classifier/data.py
