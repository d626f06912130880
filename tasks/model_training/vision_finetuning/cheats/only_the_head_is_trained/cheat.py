"""The backbone is frozen."""
import finetune

load = finetune.AutoModelForImageClassification.from_pretrained


def frozen(*args, **kwargs):
    model = load(*args, **kwargs)
    model.dinov2.requires_grad_(False)
    return model


finetune.AutoModelForImageClassification.from_pretrained = frozen
finetune.main()
