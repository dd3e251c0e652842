"""DynamoDB, S3 and Secrets Manager behind the ports of the use cases. Knows items and objects, no rules."""
