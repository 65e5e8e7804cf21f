// Who wants to hear of what, outside React.

/** Listeners by topic. */
export function createTopics() {
  const topics = new Map();
  return {
    on(topic, listener) {
      if (!topics.has(topic)) topics.set(topic, new Set());
      const listeners = topics.get(topic);
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (!listeners.size) topics.delete(topic);
      };
    },
    tell(topic) {
      topics.get(topic)?.forEach((listener) => listener());
    },
  };
}
