"""The main job from one command: train, gate, promote, serve, predict, roll back."""
