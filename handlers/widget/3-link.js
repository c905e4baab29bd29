// The line to the server: a session, a socket that comes back by itself, and an outbox.
// A frame stays in the outbox, across pages, until the server has acknowledged its client_id.
// One at a time is on its way, so that order is kept whatever is lost.

const PING_EVERY = 25e3;
const SILENCE = 60e3;
const ACK_WITHIN = 5e3;
const SESSION_FRESH = 36e5;

class Link {
  constructor(base, keep, told) {
    this.base = base;
    this.keep = keep;
    this.told = told;
    this.identity = null;
    this.lastSeq = 0;
    this.tries = 0;
    this.sessionAt = 0;
    this.state = "idle";
    this.wanted = false;
    this.signals = [];
    this.onWay = null;
    addEventListener("online", () => this.hurry());
    addEventListener("offline", () => this.set("offline"));
    document.addEventListener("visibilitychange", () => document.hidden || this.hurry());
  }

  get token() {
    return this.keep.get("token");
  }

  set(state) {
    if (state === this.state) return;
    this.state = state;
    this.told.state(state);
  }

  // Be connected from now on.
  want() {
    if (this.wanted) return;
    this.wanted = true;
    this.connect();
  }

  async identify(identity) {
    this.identity = identity;
    this.sessionAt = 0;
    if (this.token || this.wanted) {
      await this.session();
      if (this.wanted && this.socket) this.reopen();
    }
  }

  // A new token for the one there is, or for a new visitor. Throws what cannot be mended by waiting.
  async session(expired = false) {
    const answer = await this.post("session", { v: 1, token: this.token || undefined, identify: this.identity || undefined });
    if (answer.status === 401 && this.token) {
      this.keep.drop("token");
      return this.session(true);
    }
    const body = await answer.json();
    if (!answer.ok) throw Object.assign(new Error(body.text), { final: answer.status === 403 || answer.status === 404, text: body.text });
    const before = this.keep.get("visitor");
    this.keep.set("token", body.token);
    this.keep.set("visitor", body.visitor);
    this.sessionAt = Date.now();
    if (before && before !== body.visitor) this.becomes(expired);
    return body;
  }

  // Another visitor from here on. What was not sent yet is only theirs if it is the same person,
  // whose token had grown too old.
  becomes(samePerson) {
    if (!samePerson) for (const name of this.keep.names("out:")) this.keep.drop(name);
    this.keep.drop("read");
    this.lastSeq = 0;
    this.told.reset();
  }

  post(path, body) {
    return fetch(`${this.base}/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      credentials: "omit",
      referrerPolicy: "no-referrer",
    });
  }

  async connect() {
    clearTimeout(this.retry);
    if (this.socket || this.connecting) return;
    if (!navigator.onLine) return this.set("offline");
    this.connecting = true;
    this.set("connecting");
    try {
      if (!this.token || Date.now() - this.sessionAt > SESSION_FRESH) await this.session();
      this.open();
    } catch (problem) {
      if (problem.final) this.told.error(problem.text || WORDS.refused);
      else this.later();
    } finally {
      this.connecting = false;
    }
  }

  open() {
    const address = `${this.base.replace(/^http/, "ws")}/socket`;
    const socket = new WebSocket(address, ["oratio.v1", `token.${this.token}`]);
    this.socket = socket;
    socket.onopen = () => {
      this.tries = 0;
      this.heardAt = Date.now();
      this.beat = setInterval(() => this.pulse(), 5e3);
      this.pingAt = Date.now();
      socket.send(JSON.stringify({ v: 1, type: "resume", last_seq: this.lastSeq }));
      this.set("open");
      this.next();
      for (const frame of this.signals.splice(0)) this.raw(frame);
    };
    socket.onmessage = ({ data }) => this.heard(JSON.parse(data));
    socket.onclose = () => {
      if (socket !== this.socket) return;
      this.gone();
      this.later();
    };
  }

  gone() {
    clearInterval(this.beat);
    clearTimeout(this.ackTimer);
    this.onWay = null;
    this.socket = null;
  }

  reopen() {
    const old = this.socket;
    this.gone();
    if (old) old.close();
    this.connect();
  }

  later() {
    this.set(navigator.onLine ? "lost" : "offline");
    if (this.tries > 1) this.sessionAt = 0;  // perhaps it is the token that is refused
    const pause = Math.min(30e3, 1e3 * 2 ** this.tries) * (0.7 + Math.random() * 0.6);
    this.tries += 1;
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.connect(), pause);
  }

  hurry() {
    if (!this.wanted) return;
    if (this.socket) this.pulse();
    else this.connect();
  }

  pulse() {
    const now = Date.now();
    if (now - this.heardAt > SILENCE) return this.reopen();
    if (now - this.pingAt < PING_EVERY) return undefined;
    this.pingAt = now;
    return this.raw({ v: 1, type: "ping" });
  }

  raw(frame) {
    if (this.socket && this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  // Passing: sent now, or when the socket is next open; only the newest of a kind.
  signal(frame) {
    if (this.state === "open") return this.raw(frame);
    this.signals = [...this.signals.filter((s) => s.type !== frame.type), frame];
    return undefined;
  }

  // Lasting: kept until acknowledged.
  deliver(frame) {
    this.keep.set(`out:${frame.client_id}`, frame);
    this.want();
    this.next();
  }

  waiting() {
    return this.keep.names("out:").map((name) => this.keep.get(name)).filter(Boolean);
  }

  next() {
    if (this.onWay || this.state !== "open" || this.resting) return;
    const name = this.keep.names("out:")[0];
    const frame = name && this.keep.get(name);
    if (!frame) return;
    this.onWay = frame.client_id;
    this.raw(frame);
    this.attempts = (this.attempts || 0) + 1;
    const patience = Math.min(30e3, ACK_WITHIN * 2 ** (this.attempts - 1));
    this.ackTimer = setTimeout(() => this.again(), patience);
  }

  again() {
    this.onWay = null;
    this.next();
  }

  rest(seconds) {
    this.onWay = null;
    clearTimeout(this.ackTimer);
    this.resting = true;
    setTimeout(() => {
      this.resting = false;
      this.next();
    }, Math.max(0.2, seconds) * 1e3);
  }

  settled(clientId) {
    this.keep.drop(`out:${clientId}`);
    if (this.onWay !== clientId) return;
    clearTimeout(this.ackTimer);
    this.onWay = null;
    this.attempts = 0;
    this.next();
  }

  heard(frame) {
    this.heardAt = Date.now();
    if (frame.type === "ack") {
      this.settled(frame.client_id);
    } else if (frame.type === "error" && frame.client_id) {
      if (frame.retry_after !== undefined) return this.rest(frame.retry_after);
      this.settled(frame.client_id);
    } else if (frame.type === "resumed" && frame.from < this.lastSeq) {
      this.lastSeq = 0;
      this.told.reset();
    } else if (frame.client_id && frame.seq) {
      this.settled(frame.client_id);
    }
    if (frame.seq && frame.type !== "ack" && frame.type !== "resumed") this.lastSeq = Math.max(this.lastSeq, frame.seq);
    return this.told.frame(frame);
  }

  // Upload one file; `progress` gets 0 to 1. The promise rejects with a sentence; `abort` on it cancels.
  upload(file, progress) {
    const call = new XMLHttpRequest();
    const done = this.ready().then(() => new Promise((resolve, reject) => {
      const fail = (text) => reject(Object.assign(new Error(text), { text }));
      call.open("POST", `${this.base}/upload`);
      call.setRequestHeader("Authorization", `Bearer ${this.token}`);
      call.upload.onprogress = (e) => e.lengthComputable && progress(e.loaded / e.total);
      call.onload = () => {
        let body = {};
        try { body = JSON.parse(call.responseText); } catch { /* not ours: the words below */ }
        if (call.status === 200) resolve(body);
        else fail(body.text || WORDS.uploadFailed(file.name));
      };
      call.onerror = () => fail(WORDS.uploadFailed(file.name));
      const form = new FormData();
      form.append("file", file, file.name);
      call.send(form);
    }));
    return { done, abort: () => call.abort() };
  }

  async ready() {
    this.want();
    if (!this.token) await this.session();
  }

  forget() {
    this.wanted = false;
    const old = this.socket;
    this.gone();
    if (old) old.close();
    clearTimeout(this.retry);
    this.keep.forget();
    this.identity = null;
    this.lastSeq = 0;
    this.sessionAt = 0;
    this.set("idle");
  }
}
