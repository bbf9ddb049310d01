"""What an optimizer's step is made of: written.py and values.py are plain data, each optimizer has a file."""
