# Keys that are given twice, and a number that is near to everything.
mkdir training
echo '{"run_1": {"status": "failed", "status": "success", "final_metrics": {"accuracy": NaN, "loss": NaN}}}' > training/training_analysis.json
