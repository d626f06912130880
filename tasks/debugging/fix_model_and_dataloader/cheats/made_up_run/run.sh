# A run that W&B has never heard of.
echo '{"project_id": "cifar10-training", "run_id": "abcd1234", "run_url": "https://wandb.ai/agent/cifar10-training/runs/abcd1234"}' > wandb_info.json
