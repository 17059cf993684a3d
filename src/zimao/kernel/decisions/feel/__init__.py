"""FEEL, the expression language of DMN, without columns: text, tree, single values."""
