"""Networks: layer specifications without torch (`specs`), and the modules built from them (`convnet`)."""
