import torch

print "loading"
