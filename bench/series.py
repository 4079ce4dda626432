def run(rig, rounds, large):
    return [], []
