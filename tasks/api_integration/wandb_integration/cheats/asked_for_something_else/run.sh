python track.py
python -c "import wandb; wandb.Api().viewer"
