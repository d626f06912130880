# A link to the source instead of a copy.
ln -sf "$TORCH_HOME/hub/checkpoints/resnet18-f37072fd.pth" model/resnet18.pth
