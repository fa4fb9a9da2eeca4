"""What did a sensor, or a partner, say?"""
