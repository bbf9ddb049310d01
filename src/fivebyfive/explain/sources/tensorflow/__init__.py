"""TensorFlow: old programs, functions, modules and SavedModels, by their graphs."""
