// Who gets what a server sends: an HTTP service that keeps it.
import { createServer } from 'node:http';

/** A pipeline that asks somebody, and sends the links that decide to a path of its name. */
export const askByLink = (messages, name, approve) => `
pipeline: ${name}
tasks:
  ask:
    approve: ${approve}
    hooks:
      on_start:
        - uses: http
          with: {url: "${messages.url}/${name}", body: {yes: "\${{ approval.links.approve }}", no: "\${{ approval.links.reject }}"}}
  after: {needs: ask, noop: true}
`;

export class Messages {
  #server;
  #kept = [];
  #waiting = [];

  async listen() {
    this.#server = createServer(async (request, response) => {
      const pieces = [];
      for await (const piece of request) pieces.push(piece);
      response.end();
      this.#kept.push([request.url, JSON.parse(Buffer.concat(pieces).toString())]);
      this.#waiting.splice(0).forEach((look) => look());
    });
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${this.#server.address().port}`;
    return this;
  }

  /** Returns the first body that came to a path, once it is there. */
  async at(path) {
    for (;;) {
      const found = this.#kept.find(([url]) => url === path);
      if (found) return found[1];
      await new Promise((resolve) => this.#waiting.push(resolve));
    }
  }

  close() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
