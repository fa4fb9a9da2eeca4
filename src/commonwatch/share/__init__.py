"""Did exactly that reach exactly them?"""
