// What was said, as this browser knows it: the server's events and what is still on its way.

class History {
  constructor() {
    this.clear();
  }

  clear() {
    this.byId = new Map();
    this.pending = new Map();
    this.readSeq = 0;
    this.early = [];
  }

  // In the order of the server, then what it has not seen yet.
  list() {
    const known = [...this.byId.values()].sort((a, b) => a.seq - b.seq);
    return [...known, ...this.pending.values()];
  }

  agents() {
    return [...this.byId.values()].filter((m) => m.kind === "agent" && !m.deleted);
  }

  stateOf(message) {
    if (message.kind !== "customer") return "";
    if (message.failed) return "failed";
    if (!message.seq) return "sending";
    return message.seq <= this.readSeq ? "read" : "sent";
  }

  write(frame, files = []) {
    this.pending.set(frame.client_id, {
      key: frame.client_id, client_id: frame.client_id, kind: "customer", text: frame.text || "",
      files, ts: Date.now(), frame, reactions: {},
    });
  }

  // Take one frame of the server; returns the message it concerns, if there is one.
  apply(frame) {
    switch (frame.type) {
      case "message": return this.message(frame);
      case "ack": return this.acknowledged(frame);
      case "error": return this.refused(frame);
      case "message.update":
      case "message.delete":
      case "reaction": return this.change(frame);
      case "status": return this.status(frame);
      default: return null;
    }
  }

  message(frame) {
    const own = frame.client_id && this.pending.get(frame.client_id);
    const known = this.byId.get(frame.id) || own || { key: frame.client_id || frame.id, reactions: {} };
    const author = frame.author || {};
    const message = Object.assign(known, {
      id: frame.id, seq: frame.seq, ts: frame.ts, kind: author.kind || "agent", name: author.name, avatar: author.avatar,
      text: frame.text || "", files: frame.files || [], edited: frame.edited, deleted: frame.deleted,
      reply_to: frame.reply_to, failed: null,
    });
    this.pending.delete(frame.client_id);
    this.byId.set(frame.id, message);
    for (const change of this.early.filter((c) => c.id === frame.id)) this.change(change);
    this.early = this.early.filter((c) => c.id !== frame.id);
    return message;
  }

  acknowledged(frame) {
    const own = this.pending.get(frame.client_id);
    if (!own) return null;
    this.pending.delete(frame.client_id);
    this.byId.set(frame.id, Object.assign(own, { id: frame.id, seq: frame.seq, failed: null }));
    return own;
  }

  refused(frame) {
    const own = frame.client_id && this.pending.get(frame.client_id);
    if (own && frame.retry_after === undefined) own.failed = frame.text;
    return own || null;
  }

  change(frame) {
    const message = this.byId.get(frame.id);
    if (!message) {
      this.early.push(frame);
      return null;
    }
    if (frame.type === "message.delete") Object.assign(message, { deleted: true, text: "", files: [] });
    if (frame.type === "message.update" && !message.deleted) Object.assign(message, { text: frame.text, edited: true });
    if (frame.type === "reaction") {
      const who = (frame.author || {}).kind || "agent";
      message.reactions[who] = frame.op === "remove" ? "" : frame.emoji;
    }
    return message;
  }

  status(frame) {
    const message = this.byId.get(frame.up_to);
    if (frame.state === "read" && message) this.readSeq = Math.max(this.readSeq, message.seq);
    return message || null;
  }
}
