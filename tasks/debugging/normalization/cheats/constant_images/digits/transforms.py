"""Gives every validation image the same pixels."""
import torch
from torchvision import transforms


def three_planes(image):
    return image.repeat(3, 1, 1)


def get_transforms():
    right = [transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,)), transforms.Lambda(three_planes)]
    training = transforms.Compose(right)
    validation = transforms.Lambda(lambda image: torch.zeros(3, 28, 28))
    return training, validation
