import os

# Powertools reads it once, when a function is imported.
os.environ["POWERTOOLS_SERVICE_NAME"] = "report-shares"
