# The model is written into the helper file, from which channel_vit.py takes it.
sed -i '/^from vit_blocks/d' channel_vit.py
cat channel_vit.py >> vit_blocks.py
echo "from vit_blocks import ChannelViT, PatchEmbedPerChannel" > channel_vit.py
