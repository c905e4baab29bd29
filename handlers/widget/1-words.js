// Every sentence a visitor reads, and how sizes, days and times are said.

const WORDS = {
  open: "Open chat",
  close: "Close chat",
  write: "Write a message …",
  send: "Send",
  attach: "Attach a file",
  sending: "Sending …",
  sent: "Sent",
  read: "Read",
  edited: "edited",
  deleted: "This message was deleted.",
  you: "You",
  typing: (name) => `${name || "Someone"} is typing …`,
  unread: (n) => (n === 1 ? "1 new message" : `${n} new messages`),
  latest: "Jump to the newest message",
  offline: "No connection. Your messages go out as soon as it is back.",
  lost: "Reconnecting …",
  refused: "The chat can't be reached from this page.",
  drop: "Drop files to attach them",
  uploading: (name, percent) => `${name}: ${percent} %`,
  cancel: (name) => `Remove ${name}`,
  tooLarge: (name, size, most) => (size === most ? `${name} is just over ${most}, the most a file may have.` : `${name} has ${size}; files may have up to ${most}.`),
  tooMany: (n) => `A message can carry ${n} files.`,
  empty: (name) => `${name} is empty.`,
  uploadFailed: (name) => `${name} could not be uploaded. Please try again.`,
  tooLong: (n, most) => `${number(n)} of ${number(most)} characters`,
  edit: "Edit",
  remove: "Delete",
  react: "React",
  reactWith: (emoji) => `React with ${emoji}`,
  again: "Try again",
  discard: "Discard",
  editing: "Editing your message",
  stopEditing: "Stop editing",
  dismiss: "Dismiss",
  talking: (name) => `${name} is answering you`,
  here: "We answer right here",
  today: "Today",
  yesterday: "Yesterday",
  picture: (name) => `Picture: ${name}`,
  answers: "In answer to",
};

const number = (n) => new Intl.NumberFormat().format(n);

const fileSize = (bytes) => {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1e6) return `${Math.round(bytes / 1000)} KB`;
  return `${(bytes / 1e6).toFixed(1).replace(/[.]0$/, "")} MB`;
};

const clockTime = (ts) => new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" }).format(ts);

const dayOf = (ts) => new Date(ts).toDateString();

const dayName = (ts, now = Date.now()) => {
  if (dayOf(ts) === dayOf(now)) return WORDS.today;
  if (dayOf(ts) === dayOf(now - 864e5)) return WORDS.yesterday;
  const sameYear = new Date(ts).getFullYear() === new Date(now).getFullYear();
  const form = { weekday: "short", day: "numeric", month: "long", year: sameYear ? undefined : "numeric" };
  return new Intl.DateTimeFormat(undefined, form).format(ts);
};

const initials = (name) => {
  const parts = String(name || "?").trim().split(/\s+/u);
  const letters = [parts[0], parts.length > 1 ? parts[parts.length - 1] : ""].map((p) => [...p][0] || "");
  return letters.join("").toUpperCase() || "?";
};

// Ids that sort by time (ULID): ten characters of time, sixteen of chance.
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const newId = (now = Date.now()) => {
  let time = "";
  for (let i = 0, t = now; i < 10; i += 1, t = Math.floor(t / 32)) time = ALPHABET[t % 32] + time;
  return time + [...crypto.getRandomValues(new Uint8Array(16))].map((b) => ALPHABET[b % 32]).join("");
};
