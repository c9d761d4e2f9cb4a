"""The equations of the model, each written once as a compiled scalar function."""
