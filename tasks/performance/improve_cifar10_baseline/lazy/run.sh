# Only trains on, as before.
python train.py --resume "$ASSET_CIFAR10_BASELINE/baseline.pt" --epochs 3
