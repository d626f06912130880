"""Classifies the pictures of CIFAR-10."""
