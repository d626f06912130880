# The report names the mounted file; nothing is saved.
sed -i "s#model/resnet18.pth#$TORCH_HOME/hub/checkpoints/resnet18-f37072fd.pth#" model_info.json
