# Nothing under the model's name.
: > model/resnet18.pth
