# A fresh model cannot tell its channels apart.
sed -i 's#truncated_normal(in_chans, embed_dim)#nn.Parameter(torch.zeros(in_chans, embed_dim))#' channel_vit.py
