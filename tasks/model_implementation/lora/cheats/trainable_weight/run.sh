# Nothing is frozen: fine-tuning of everything.
sed -i '/requires_grad_(False)/d' lora.py
