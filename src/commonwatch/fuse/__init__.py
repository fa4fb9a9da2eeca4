"""What do all sources together say, nobody counted twice?"""
