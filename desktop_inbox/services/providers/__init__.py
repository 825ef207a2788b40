"""Code that speaks to outside services; each module one provider, none imports another."""
