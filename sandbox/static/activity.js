// What Slack would have notified this person of, and the threads they follow.
import { count, el, icon } from "./dom.js";
import { dateNode } from "./dates.js";
import { plainLine } from "./mrkdwn.js";
import { messageAt, nameOfChannel, repliesTo, store } from "./state.js";
import { authorName, messageRow } from "./messages.js";
import { messageAvatar } from "./avatar.js";
import { openThread } from "./messagemenu.js";

const WHY = { mention: "Mention in", thread: "Thread in", dm: "Direct message", channel_all: "New in", keyword: "Keyword in" };
const MOST = 100;
const LAST_REPLIES = 3;

/** Where a notification happened: "#support". */
export const placeName = (n) => {
  const channel = store.channels.get(n.channel);
  return channel?.is_im ? "a direct message" : `#${nameOfChannel(n.channel)}`;
};

/** Who wrote what a notification is about. */
export function writerOf(n) {
  const message = messageAt(n.channel, n.ts);
  return message ? authorName(message) : store.app.name;
}

export const hrefOf = (n) => `#${n.channel}/${n.thread_ts && n.thread_ts !== n.ts ? `${n.thread_ts}/${n.ts}` : `-/${n.ts}`}`;

function line(n) {
  const message = messageAt(n.channel, n.ts);
  return el("a", { class: "activity-item", href: hrefOf(n), data: { notification: n.ts, why: n.why } }, messageAvatar(message, 32),
    el("span", { class: "activity-words" }, el("small", {}, `${n.why === "dm" ? WHY.dm : `${WHY[n.why] || n.why} ${placeName(n)}`} · `, dateNode(n.ts, "{ago}", "")), el("strong", { text: writerOf(n) }), el("span", { class: "activity-text", text: plainLine(n.text) })));
}

/** The list of notifications, newest first. */
export function activityNode() {
  const all = store.notifications.slice(-MOST).filter((n) => messageAt(n.channel, n.ts)).reverse();
  return el("div", { class: "activity", data: { activity: "" } }, all.length ? all.map(line)
    : el("div", { class: "empty-note" }, icon("bell", 36), el("h2", { text: "Nothing yet" }), el("p", { text: "Whatever would have made your phone buzz is listed here." })));
}

function followed() {
  return store.threads.filter((t) => messageAt(t.channel, t.thread_ts)).map((t) => ({ ...t, replies: repliesTo(t.channel, t.thread_ts) }))
    .sort((a, b) => ((a.replies.at(-1)?.ts || a.thread_ts) < (b.replies.at(-1)?.ts || b.thread_ts) ? 1 : -1));
}

function card(t) {
  const earlier = t.replies.length - LAST_REPLIES;
  const row = (m) => messageRow(m, t.channel, { pane: "preview" });
  return el("section", { class: "thread-card", "aria-label": `Thread in ${nameOfChannel(t.channel)}`, data: { followed: t.thread_ts } },
    el("header", {}, el("strong", { text: `#${nameOfChannel(t.channel)}` }), t.unread ? el("span", { class: "badge", text: String(t.unread) }) : "",
      el("button", { type: "button", class: "button", text: "Open thread", on: { click: () => openThread(t.channel, t.thread_ts) } })),
    row(messageAt(t.channel, t.thread_ts)), earlier > 0 && el("button", { type: "button", class: "link-button", text: `Show ${count(earlier, "more reply", "more replies")}`, on: { click: () => openThread(t.channel, t.thread_ts) } }),
    t.replies.slice(-LAST_REPLIES).map(row));
}

/** The followed threads, the one written in last first. */
export function threadsNode() {
  const all = followed();
  return el("div", { class: "threads", data: { threads: "" } }, all.length ? all.map(card)
    : el("div", { class: "empty-note" }, icon("thread", 36), el("h2", { text: "No threads yet" }), el("p", { text: "Threads you write in, or are mentioned in, are listed here." })));
}
