# Entries of every wrong kind.
echo '{"project_id": ["x"], "task_id": null, "image_ids": [{}, [], 1, null, 1e300], "confidence_scores": [true, "1", [], {}, null],
"predicted_labels": [0.0, true, "1", null, -1], "true_labels": {"0": 0}}' > annotation_run.json
echo '[]' > annotation_metrics.json
