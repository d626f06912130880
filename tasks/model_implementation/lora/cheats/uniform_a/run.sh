# The right spread of another distribution.
sed -i 's#torch.randn(rank, in_features)#(torch.rand(rank, in_features) - 0.5) * 12**0.5#' lora.py
