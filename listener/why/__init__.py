"""Why a post is a mention or not, is judged as it is, and who was told: facts, then words."""
