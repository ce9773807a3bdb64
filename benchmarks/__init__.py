"""What the engine does, measured side by side with what people would take instead. `JOB.md` says what is measured, and how."""
