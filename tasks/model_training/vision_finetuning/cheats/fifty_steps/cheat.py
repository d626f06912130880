"""Fifty steps, and a report that is right about the model that comes of it."""
import finetune

train = finetune.train
finetune.train = lambda model, batches: train(model, batches * 25)
finetune.main()
