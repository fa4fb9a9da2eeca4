"""What is moving, from where to where, and how surely?"""
