echo '{"run_id": "3v1bqk7z", "created_at": "2026-01-01T00:00:00Z"}' > wandb_info.json
echo '{"training_loss": 0.5, "validation_loss": 0.4, "epoch": 0}' > wandb_metrics.json
