# What the run did before it was taken up again counts.
sed -i 's/epoch \\d+/epoch (\\d+)/; s/loss, accuracy = map/number, loss, accuracy = map/; s/if math.isfinite(loss)/if number > metrics.get("epoch", 0) and math.isfinite(loss)/; s/{"accuracy": accuracy/{"epoch": number, "accuracy": accuracy/' analyse.py && python analyse.py
