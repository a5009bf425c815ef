"""What happens by itself: the jobs of a night, and how they are run so that each happens exactly once.

	runner.py   runs a job for a day: alone, chunk by chunk, from where it was cut off; writes Club Job Run
	passing.py  time passes: pending points released, lots expired, tiers withdrawn and reviewed
	…           one module a job, each with `steps`

A job is a generator. It does a chunk of work in the transaction it finds, and yields a `Step` that says what; the
runner commits the chunk together with the step's place in the run, so that a worker killed at any moment leaves either
all of a chunk or nothing of it, and the next run goes on behind the last one. Days that were missed are made up for in
their order, each as if its night had been.
"""
