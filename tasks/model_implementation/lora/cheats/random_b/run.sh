# A fresh layer already differs from its linear layer.
sed -i 's#torch.zeros(out_features#torch.randn(out_features#' lora.py
