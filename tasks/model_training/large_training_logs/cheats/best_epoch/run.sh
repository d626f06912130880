sed -i 's/if math.isfinite(loss)/if accuracy > metrics.get("accuracy", 0) and math.isfinite(loss)/' analyse.py && python analyse.py
