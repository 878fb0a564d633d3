"""One file for each queue system: how deep its queues are, what is done, and who works. Found by listing the folder."""
