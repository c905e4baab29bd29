// Which notifications this person has not seen yet: kept per person in this browser, from one visit to the next.
import { isReply, messagesIn, repliesTo, store } from "./state.js";
import { threadUnread } from "./threads.js";

const keyOf = () => `sandbox.seen.${store.team.id}.${store.me}`;
const oldestOf = (messages, count) => (count ? messages.filter((m) => m.user !== store.me).at(-count)?.ts || "" : "~");

/** The first message of a channel, or of a thread in it, that this person has not read; "~", after all others, when there is none. */
export function firstUnread(channel, thread = null) {
  if (thread) return oldestOf(repliesTo(channel, thread), threadUnread(channel, thread));
  const shown = messagesIn(channel).filter((m) => !isReply(m) || m.subtype === "thread_broadcast");
  return oldestOf(shown, store.channels.get(channel)?.unread || 0);
}

/** The notifications that are new to this person. */
export function unseen() {
  const seen = localStorage.getItem(keyOf()) || "";
  const from = new Map();
  const isUnread = (n) => {
    const thread = n.thread_ts && n.thread_ts !== n.ts ? n.thread_ts : null;
    const place = `${n.channel}:${thread || ""}`;
    if (!from.has(place)) from.set(place, firstUnread(n.channel, thread));
    return n.ts >= from.get(place);
  };
  return store.notifications.filter((n) => n.ts > seen && isUnread(n));
}

/** Notes that this person has looked at the list of all notifications. */
export function sawAll() {
  const newest = store.notifications.at(-1)?.ts;
  if (newest) localStorage.setItem(keyOf(), newest);
}
