from taxkit.migrate import run_env

run_env()
