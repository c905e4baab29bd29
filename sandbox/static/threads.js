// Which threads this person follows and what is unread in them, between two readings of the whole state.
import { isReply, messageAt, on, store } from "./state.js";

const entry = (channel, ts) => store.threads.find((t) => t.channel === channel && t.thread_ts === ts);

function follow(channel, ts) {
  const known = entry(channel, ts);
  if (known) return known;
  const made = { channel, thread_ts: ts, unread: 0, mentions: 0 };
  store.threads = [...store.threads, made];
  return made;
}

/** How many replies of a thread this person has not read. */
export const threadUnread = (channel, ts) => entry(channel, ts)?.unread || 0;

/** Notes that the thread has been read. */
export function threadRead(channel, ts) {
  const known = entry(channel, ts);
  if (known) Object.assign(known, { unread: 0, mentions: 0 });
}

on("new-message", ({ channel, message }) => {
  if (!isReply(message)) return;
  const root = message.thread_ts;
  if (message.user === store.me) { follow(channel, root); return; }
  if (messageAt(channel, root)?.user === store.me) follow(channel, root);
  const known = entry(channel, root);
  if (known) known.unread += 1;
});

on("notification", (n) => {
  if (!n.thread_ts || n.thread_ts === n.ts) return;
  const known = entry(n.channel, n.thread_ts) || Object.assign(follow(n.channel, n.thread_ts), { unread: 1 });
  if (n.why !== "thread") known.mentions = (known.mentions || 0) + 1;
});
