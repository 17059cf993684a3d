"""The pages of this part: signing in, the own account, members of a zone, mandates, access records."""
