"""Who is to be told of what: alerts, incidents, escalation, delivery. Goes along with the engine that schedules."""
