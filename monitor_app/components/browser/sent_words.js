// Notifications in words: what they are, and where they go. No import, no DOM: tests run it in plain Node.

const KINDS = { fired: "page", update: "update", repeat: "reminder", resolved: "end", escalated: "escalation", delivery: "delivery", monitor: "monitor", flapping: "flapping", test: "test" };

/** "page": what a notification is. */
export function kindWords(kind) {
  return KINDS[kind] ?? kind;
}

/** Who may not change channels is not told what others call their own: `account` is whose it is, "" for everybody's. */
export function channelWords(channel, account) {
  return channel || (account ? "a channel" : "a channel that is gone");
}
