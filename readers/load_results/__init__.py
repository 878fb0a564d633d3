"""Result files of load tools, one format per file: each module holds one `Reader`, found by listing this folder."""
