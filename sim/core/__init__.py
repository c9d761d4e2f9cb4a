"""The model: its equations, its draws and the compiled kernel that runs them."""
