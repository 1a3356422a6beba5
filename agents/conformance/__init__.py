"""What a model can be trusted with: probes that a role's model is put through, and what follows from them."""
