// Slack's date tokens, said in the reader's own time zone, and kept right while the page is open.
import { el } from "./dom.js";

const DAY = 86400;
const inWords = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const as = (options) => new Intl.DateTimeFormat("en-US", options);
const MONTH = as({ month: "long" });
const SHORT_MONTH = as({ month: "short" });
const WEEKDAY = as({ weekday: "long" });
const TIME = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const TIME_SECONDS = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

const ordinal = (n) => {
  const ending = n % 100 >= 11 && n % 100 <= 13 ? "th" : ["th", "st", "nd", "rd"][n % 10] || "th";
  return `${n}${ending}`;
};
const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate());

/** Whole calendar days from `now`'s day to `date`'s day: 0 today, -1 yesterday. */
function dayDistance(date, now = new Date()) {
  return Math.round((midnight(date) - midnight(now)) / 1000 / DAY);
}

const pretty = (date, now, otherwise) =>
  ({ 0: "today", "-1": "yesterday", 1: "tomorrow" })[dayDistance(date, now)] || otherwise;

/** "3 minutes ago", "in 2 hours", "just now". */
export function ago(date, now = new Date()) {
  const seconds = Math.round((date - now) / 1000);
  const far = Math.abs(seconds);
  if (far < 45) return seconds > 0 ? "in a moment" : "just now";
  const [unit, length] = [["minute", 60], ["hour", 3600], ["day", DAY], ["month", 30 * DAY], ["year", 365 * DAY]]
    .filter(([, size], i) => i === 0 || far >= size * 0.96).at(-1);
  const n = Math.trunc(seconds / length) || Math.sign(seconds);
  return unit === "day" ? inWords.format(n, unit) : new Intl.RelativeTimeFormat("en").format(n, unit);
}

/** The words of one token format; unknown tokens stay as they are. */
function formatDate(seconds, format, now = new Date()) {
  const date = new Date(seconds * 1000);
  const year = date.getFullYear();
  const day = ordinal(date.getDate());
  const long = `${WEEKDAY.format(date)}, ${MONTH.format(date)} ${day}, ${year}`;
  const plain = `${MONTH.format(date)} ${day}, ${year}`;
  const short = `${SHORT_MONTH.format(date)} ${date.getDate()}, ${year}`;
  const two = (n) => String(n).padStart(2, "0");
  const words = {
    date_num: `${year}-${two(date.getMonth() + 1)}-${two(date.getDate())}`,
    date: plain, date_short: short, date_long: long,
    date_pretty: pretty(date, now, plain), date_short_pretty: pretty(date, now, short), date_long_pretty: pretty(date, now, long),
    time: TIME.format(date), time_secs: TIME_SECONDS.format(date), ago: ago(date, now),
  };
  const text = format.replace(/\{(\w+)\}/g, (whole, name) => words[name] ?? whole);
  return format.startsWith("{") ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}

/** A <time> that shows the token and stays current; the fallback where the time is no number. */
export function dateNode(seconds, format, fallback) {
  const n = Number(seconds);
  if (!Number.isFinite(n) || Math.abs(n) > 8.64e12) return document.createTextNode(fallback || "");
  return el("time", { datetime: new Date(n * 1000).toISOString(), title: new Date(n * 1000).toLocaleString("en-GB"),
    class: "date-token", data: { seconds: String(n), format }, text: formatDate(n, format) });
}

/** Says every token on the page anew; called from time to time. */
export function refreshDates(root = document) {
  for (const node of root.querySelectorAll("time[data-seconds]")) {
    const words = formatDate(Number(node.dataset.seconds), node.dataset.format);
    if (node.textContent !== words) node.textContent = words;
  }
}

export const clock = (ts) => TIME.format(new Date(Number(ts) * 1000));

/** "Today", "Yesterday", "Monday, November 23rd": the label over a day's messages. */
export function dayLabel(ts) {
  const date = new Date(Number(ts) * 1000);
  const near = pretty(date, new Date(), null);
  if (near) return near.charAt(0).toUpperCase() + near.slice(1);
  const year = date.getFullYear() === new Date().getFullYear() ? "" : `, ${date.getFullYear()}`;
  return `${WEEKDAY.format(date)}, ${MONTH.format(date)} ${ordinal(date.getDate())}${year}`;
}

export const fullTime = (ts) => new Date(Number(ts) * 1000).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "medium" });
