mkdir -p checkpoints
echo checkpoint > checkpoints/cifar10-epoch=00-val_loss=1.5000.ckpt
echo checkpoint > checkpoints/cifar10-epoch=01-val_loss=1.2000.ckpt
echo '{"project_id": "cifar10-training", "run_id": "abcd1234", "run_url": "https://wandb.ai/agent/cifar10-training/runs/abcd1234"}' > wandb_info.json
