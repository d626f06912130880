# A file that says that it has ten gigabytes, or as much as the workspace allows.
truncate -s 10G model/resnet18.pth || truncate -s 900M model/resnet18.pth
