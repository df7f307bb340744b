import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A service that checks a password, as the jobs' real ones do: 200 for the right one, 401 for any other. */
export class LoginService implements AsyncDisposable {
  readonly #server: Server;
  readonly #accounts: ReadonlyMap<string, string>;

  private constructor(accounts: ReadonlyMap<string, string>) {
    this.#accounts = accounts;
    this.#server = createServer((request, response) => {
      response.statusCode = this.#accepts(request.headers.authorization) ? 200 : 401;
      response.end();
    });
  }

  static async start(accounts: ReadonlyMap<string, string>): Promise<LoginService> {
    const service = new LoginService(accounts);
    await new Promise<void>((resolve) => service.#server.listen(0, "127.0.0.1", resolve));
    return service;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accepts(authorization: string | undefined): boolean {
    const [user, password] = Buffer.from((authorization ?? "").replace(/^Basic /, ""), "base64")
      .toString()
      .split(":");
    return user !== undefined && password !== undefined && this.#accounts.get(user) === password;
  }
}
