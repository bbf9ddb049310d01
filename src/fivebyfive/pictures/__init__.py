"""What is in a picture: any file is decoded, its ink found, and each digit made as MNIST's were."""
