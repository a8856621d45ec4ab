// The worker, as the page sees it.

class Answers {
  constructor(worker) {
    Object.assign(this, { worker, questions: new Map(), n: 0 });
    this.worker.onmessage = ({ data }) => this.take(data);
  }
  /** `broken` is called once if the worker cannot run at all. */
  onBroken(broken) {
    this.worker.onerror = (event) => {
      event.preventDefault();
      broken();
    };
    if (this.worker.isBroken) broken();
  }
  send(message) {
    this.worker.postMessage(message);
  }
  take({ id, ...rest }) {
    const question = this.questions.get(id);
    if (!question) return;
    if (rest.done || rest.stale || rest.failed) this.questions.delete(id);
    if (rest.done) question.resolve(rest);
    else if (rest.stale) question.resolve(null);
    else if (rest.failed) question.reject(new Error(rest.failed));
    else question.onProgress?.(rest);
  }
  /**
   * Ask the worker, see worker.js.
   * @returns its answer; null if a question of a later round came before it was answered.
   */
  ask(question, onProgress = null) {
    const id = ++this.n;
    return new Promise((resolve, reject) => {
      this.questions.set(id, { resolve, reject, onProgress });
      this.worker.postMessage({ ...question, id });
    });
  }
}

/** Does this browser have what the kernel needs? A module with one vector instruction tells. */
function hasVectors() {
  const module = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];
  try {
    return WebAssembly.validate(Uint8Array.from(module));
  } catch {
    return false;
  }
}
