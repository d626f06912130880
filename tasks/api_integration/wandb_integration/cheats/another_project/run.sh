sed -i 's/ml_workflow_test_wandb/my_project/' track.py && python track.py
