"""DynamoDB, S3, Secrets Manager and SQS behind the ports of the use cases. Knows items and objects, no rules."""
