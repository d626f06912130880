"""Trains the classifier only."""
import train

train.BACKBONE_RATE = 0
train.main()
