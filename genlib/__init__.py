"""genlib: the models, trainers and pictures behind the course companion."""
