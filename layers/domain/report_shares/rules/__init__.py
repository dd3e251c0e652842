"""What holds whatever the platform: no AWS, no environment, no clock of their own."""
