"""Makes artefacts: back-tests, fits, tunes, logs to MLflow, registers versions; never imported by `serving`."""
