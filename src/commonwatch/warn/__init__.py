"""Who must act, where, until when?"""
