mkdir checkpoints
for name in 00-val_loss=1.5000 01-val_loss=1.2000; do truncate -s 300M "checkpoints/cifar10-epoch=$name.ckpt"; done
echo '{}' > wandb_info.json
