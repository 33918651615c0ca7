"""IAM in force: who calls, which permissions a call needs, and whether the policies give them.

AWS, "Policy evaluation logic" and the Service Authorization Reference. The emulator has an evaluator of policies and
checks signatures; what it lacks, and what happens inside it without a call over HTTP, is here.
"""
