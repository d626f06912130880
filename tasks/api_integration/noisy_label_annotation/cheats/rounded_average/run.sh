sed -i 's/sum(run\["confidence_scores"\]) \/ COUNT/round(sum(run["confidence_scores"]) \/ COUNT, 2)/' annotate.py && python annotate.py
